import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { ensureImages, IMAGE_SERVICES, type SharedImages } from "@oak/testkit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { pingDocker } from "../lib/docker-address.mjs";
import { run } from "../lib/run.mjs";

const isRequired = process.env["TEST_DOCKER"] === "required" || process.env["CI"] === "true";
const runsOnDocker = isRequired || (await pingDocker()) === "answers";
const secret = "OAK_TIER_SECRET=the-secret-of-this-tier";
/** As the compose files run them. */
const confined = [
  "--read-only",
  "--tmpfs=/tmp",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
];

describe.skipIf(!runsOnDocker)("the images", () => {
  let images: SharedImages;
  beforeAll(async () => {
    images = await ensureImages();
  }, 300_000);
  afterAll(() => images.remove());

  const image = (service: string) => `oak/${service}:${images.tag}`;

  /** A container that goes when the test does, with its volumes. */
  async function start(service: string, options: readonly string[]): Promise<string> {
    const name = `oak-image-test-${randomBytes(6).toString("hex")}`;
    onTestFinished(async () => {
      await run(["docker", "rm", "--force", "--volumes", name]);
    });
    await docker("run", "--detach", `--name=${name}`, ...confined, ...options, image(service));
    return name;
  }

  test.each(IMAGE_SERVICES)(
    "%s: no root, a health check, and it says what it is",
    async (service) => {
      const [{ Config }] = JSON.parse(await docker("image", "inspect", image(service)));
      expect(Config.User).toBe("10001:10001");
      expect(Config.StopSignal).toBe("SIGTERM");
      expect(Config.Healthcheck.Test.slice(0, 2)).toEqual(["CMD", "healthy"]);
      expect(Config.Labels).toMatchObject({
        "org.opencontainers.image.title": `oak ${service}`,
        "org.opencontainers.image.version": images.tag,
        "org.opencontainers.image.licenses": "Apache-2.0",
      });
    },
  );

  test.each(IMAGE_SERVICES)(
    "%s: a wrong secret is one clear sentence and exit code 2",
    async (service) => {
      const options = [...confined, "--rm", "--network=none", "--env=OAK_TIER_SECRET=short"];
      const { code, output } = await run(["docker", "run", ...options, image(service)]);
      expect(output).toMatch(/OAK_TIER_SECRET: must be a secret of at least 16 characters/);
      expect(output).not.toMatch(/\n\s+at /);
      expect(code).toBe(2);
    },
  );

  test("there is nothing inside to build or install with, and no way to another user", async () => {
    const tools = "npm npx corepack yarn gcc cc make ld python3 perl git curl";
    const look = `for tool in ${tools}; do command -v $tool; done; find / -xdev -type f -perm /6000`;
    const { output } = await run([
      ...["docker", "run", "--rm", "--network=none", "--user=0", "--entrypoint=sh"],
      ...[image("system-manager"), "-c", look],
    ]);
    expect(output).toBe("");
  });

  test("a broker on a read-only file system is ready, becomes healthy, and ends with 0 on SIGTERM", async () => {
    const broker = await start("mqtt-broker", [
      "--network=none",
      "--health-interval=1s",
      `--env=${secret}`,
    ]);
    await becomesReady("mqtt-broker", broker, ["HEALTH_HOST", "HEALTH_PORT", "10013"]);
    await eventually(
      async () =>
        (await docker("inspect", "--format={{.State.Health.Status}}", broker)).trim() === "healthy",
    );
    await endsOnSigterm(broker);
  }, 60_000);

  test("a root's data outlives its containers in a named volume", async () => {
    const volume = `oak-image-test-${randomBytes(6).toString("hex")}`;
    onTestFinished(async () => {
      await run(["docker", "volume", "rm", "--force", volume]);
    });
    const abstractor = await start("resource-abstractor", [
      "--network=none",
      `--volume=${volume}:/data`,
      `--env=${secret}`,
    ]);
    await becomesReady("resource-abstractor", abstractor, [
      "RESOURCE_ABSTRACTOR_HOST",
      "RESOURCE_ABSTRACTOR_PORT",
      "11011",
    ]);
    const options = [
      `--network=container:${abstractor}`,
      `--volume=${volume}:/data`,
      `--env=${secret}`,
      // Of the first account: who listens beyond the loopback address has to choose it.
      "--env=ADMIN_PASSWORD=chosen-for-this-test",
    ];
    const first = await start("system-manager", options);
    await becomesReady("system-manager", first, ["OAK_HOST", "MY_PORT", "10000"]);
    expect(await docker("logs", first)).toContain("OAK_CLUSTER_JOIN_SECRET=");
    await endsOnSigterm(first);

    const second = await start("system-manager", options);
    await becomesReady("system-manager", second, ["OAK_HOST", "MY_PORT", "10000"]);
    expect(await docker("logs", second)).not.toContain("OAK_CLUSTER_JOIN_SECRET=");
  }, 60_000);
});

async function docker(...args: string[]): Promise<string> {
  const { code, output } = await run(["docker", ...args]);
  if (code !== 0) throw new Error(`docker ${args.join(" ")} failed: ${output}`);
  return output;
}

/** By the health check itself; prints how long it took since the container's start, a figure that the load of the machine decides. */
async function becomesReady(service: string, container: string, healthArgs: string[]) {
  await eventually(async () => {
    const { code } = await run(["docker", "exec", container, "healthy", ...healthArgs]);
    if (code === 0) return true;
    const isRunning = await docker("inspect", "--format={{.State.Running}}", container);
    if (isRunning.trim() !== "true")
      throw new Error(`It ended:\n${await docker("logs", container)}`);
    return false;
  });
  const readyAt = Date.now();
  const startedAt = Date.parse(
    (await docker("inspect", "--format={{.State.StartedAt}}", container)).trim(),
  );
  process.stdout.write(`${service}: ready ${readyAt - startedAt} ms after its container's start\n`);
}

async function endsOnSigterm(container: string): Promise<void> {
  // Docker kills what is not gone by then, which would be 137.
  await docker("stop", "--time=20", container);
  expect((await docker("inspect", "--format={{.State.ExitCode}}", container)).trim()).toBe("0");
}

async function eventually(condition: () => Promise<boolean>, limitMs = 45_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not so within ${limitMs} ms`);
    await delay(50);
  }
}
