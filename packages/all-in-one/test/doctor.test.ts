import { randomBytes } from "node:crypto";
import { createTinyImage, type TinyImage } from "@oak/testkit";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { doctor } from "../../cli/test/oak-process.ts";
import { docker, runsOnDocker, testOnDocker } from "./support/on-docker.ts";

const mark = `oak-doctor-${randomBytes(4).toString("hex")}`;
let image: TinyImage | undefined;

beforeAll(async () => {
  if (runsOnDocker) image = await createTinyImage();
});

afterAll(async () => {
  if (!runsOnDocker) return;
  const filters = { label: [`oak.test=${mark}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters })) {
    await docker.getContainer(Id).remove({ force: true });
  }
  await image?.remove();
});

/** A container as compose makes one for a service of ours. */
async function startContainer(
  service: string,
  wishes: { script: string; env?: readonly string[]; restarts?: boolean },
): Promise<string> {
  const name = `${mark}-${service}`;
  const container = await docker.createContainer({
    name,
    Image: image?.name ?? "",
    Cmd: ["sh", "-c", wishes.script],
    Env: [...(wishes.env ?? [])],
    Labels: { "oak.test": mark, "com.docker.compose.service": service },
    HostConfig: { NetworkMode: "none", RestartPolicy: { Name: wishes.restarts ? "always" : "no" } },
  });
  await container.start();
  return name;
}

testOnDocker(
  "containers that run, restart and have ended are told, with what their logs say",
  async () => {
    const unhappy = "echo 'getaddrinfo ENOTFOUND root_scheduler' >&2; exit 1";
    const running = await startContainer("cluster_manager", {
      script: "trap 'exit 0' TERM; sleep 600 & wait",
      env: ["SYSTEM_MANAGER_URL=localhost"],
    });
    const restarting = await startContainer("cluster_scheduler", {
      script: unhappy,
      restarts: true,
    });
    const ended = await startContainer("mqtt", { script: "exit 3" });
    await vi.waitFor(
      async () => {
        const { code, findings } = await doctor(["cluster"]);
        const of = (name: string) =>
          findings.filter(({ check }) => check === `container ${name}`).map((one) => one.found);
        expect(code).toBe(1);
        expect(of(running)).toEqual([
          "running",
          expect.stringContaining("SYSTEM_MANAGER_URL is localhost"),
        ]);
        expect(of(restarting)).toEqual([
          expect.stringMatching(/starts again and again|after \d+ restarts/),
          expect.stringContaining("no such host"),
        ]);
        expect(of(ended)).toEqual(["exited, exit code 3"]);
      },
      { timeout: 20_000, interval: 500 },
    );
  },
);
