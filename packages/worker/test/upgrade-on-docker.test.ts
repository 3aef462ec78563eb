import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createTinyImage, programPath, type TinyImage } from "@oak/testkit";
import Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../kit/test/eventually.ts";
import { bootMachine, type Machine } from "./machine.ts";
import { installer, type MadeWorker, makeWorker, testFolder } from "./made-worker.ts";

const dockerSocket = "/var/run/docker.sock";
const docker = new Docker({ socketPath: dockerSocket });
const isThere = await docker.ping().then(
  () => true,
  () => false,
);
const testOnDocker = test.skipIf(!isThere && process.env["TEST_DOCKER"] !== "required");

let worker: MadeWorker;
let machine: Machine;
let image: TinyImage;
let data: string;

beforeAll(async () => {
  if (!isThere) return;
  data = await mkdtemp(path.join(tmpdir(), "oak-upgrade-"));
  worker = await makeWorker();
  image = await createTinyImage();
  machine = await bootMachine({ docker: dockerSocket });
  await machine.copy(worker.folder, `${testFolder}/worker`);
  const deploy = fileURLToPath(new URL("machine/deploy.mjs", import.meta.url));
  await machine.copy(deploy, `${testFolder}/deploy.mjs`);
  const start = [process.execPath, programPath("all-in-one"), "--no-worker", "--data-dir", data];
  await machine.launchBeside(start);
  const answers = "exec 3<>/dev/tcp/127.0.0.1/10100";
  await eventually(async () => (await machine.run(["bash", "-c", answers])).code === 0, 30_000);
}, 60_000);

afterAll(async () => {
  for (const container of machine === undefined ? [] : await ownContainers().catch(() => [])) {
    await docker
      .getContainer(container.id)
      .remove({ force: true })
      .catch(() => undefined);
  }
  await machine?.close();
  await image?.remove();
  await worker?.remove();
  if (data !== undefined) await rm(data, { recursive: true });
}, 30_000);

async function ownContainers(): Promise<{ id: string; startedAt: string }[]> {
  const id = (await machine.read("/var/lib/oakestra/node-engine/node-id")).trim();
  const filters = { label: [`oak.engine-id=${id}`] };
  const found = await docker.listContainers({ all: true, filters });
  return Promise.all(
    found.map(async ({ Id }) => {
      const { State } = await docker.getContainer(Id).inspect();
      return { id: Id, startedAt: State.Running ? State.StartedAt : "not running" };
    }),
  );
}

function anSla(code: string): unknown {
  const service = { microservice_name: "web", microservice_namespace: "test", code };
  return {
    sla_version: "v2.0",
    customerID: "Admin",
    applications: [
      {
        application_name: "upgrade",
        application_namespace: "test",
        application_desc: "",
        microservices: [{ ...service, virtualization: "container", memory: 32, vcpus: 0 }],
      },
    ],
  };
}

testOnDocker(
  "an installed worker runs what it is told, an upgrade leaves that alone, and taken out it leaves none of it",
  async () => {
    const secrets = JSON.parse(await readFile(path.join(data, "secrets.json"), "utf8"));
    // Addresses of services would take the kernel's network of this machine's own engine.
    const options = ["--cluster", "127.0.0.1", "--allow-loopback", "--network", "off"];
    const first = [...options, "--join-secret", secrets.workerJoin];
    const made = await machine.run([installer, ...first]);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const deployed = await machine.run(["node", `${testFolder}/deploy.mjs`], {
      input: JSON.stringify(anSla(image.name)),
    });
    expect(deployed).toMatchObject({ code: 0, stderr: "" });
    const before = await ownContainers();
    expect(before).toMatchObject([{ startedAt: expect.stringMatching(/^20/) }]);

    const upgraded = await machine.run([installer]);
    expect(upgraded).toMatchObject({ code: 0, stderr: "" });
    expect(upgraded.stdout).toContain("in the cluster");
    expect(await ownContainers()).toEqual(before);

    const filters = { id: before.map(({ id }) => id) };
    const gone = await machine.run(["/opt/oak/install-worker.sh", "--uninstall"]);
    expect(gone).toMatchObject({ code: 0, stderr: "" });
    expect(await docker.listContainers({ all: true, filters })).toEqual([]);
  },
  120_000,
);
