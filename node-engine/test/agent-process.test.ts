import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createHttpClient, HttpError } from "@oak/kit";
import Docker from "dockerode";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createTinyImage, type TinyImage } from "../../packages/testkit/src/tiny-image.ts";
import { LABELS } from "../src/adapters/docker/labels.ts";
import {
  type AgentProcess,
  allowForProcesses,
  eventually,
  startAgentProcess,
} from "./agent-process.ts";
import { aDelete, aDeploy } from "./commands.ts";
import { joinSecret, startTestCluster, type TestCluster } from "./test-cluster.ts";

allowForProcesses();

const docker = new Docker();
let image: TinyImage;
let folder: string;
let cluster: TestCluster;
let engineId: string;
let agents: AgentProcess[];

beforeAll(async () => {
  image = await createTinyImage({ docker });
});
afterAll(() => image.remove());

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-agent-"));
  cluster = await startTestCluster();
  engineId = randomBytes(12).toString("hex");
  agents = [];
});
afterEach(async () => {
  for (const agent of agents) await agent.end("SIGKILL");
  for (const { Id } of await containers()) await docker.getContainer(Id).remove({ force: true });
  await cluster.stop();
  await rm(folder, { recursive: true });
});

function startProcess(env: Record<string, string> = {}, flags: string[] = []): AgentProcess {
  const agent = startAgentProcess(
    {
      OAK_CLUSTER_ADDRESS: "127.0.0.1",
      OAK_CLUSTER_PORT: String(cluster.httpPort),
      OAK_WORKER_JOIN_SECRET: joinSecret,
      OAK_STATE_DIR: folder,
      OAK_ENGINE_ID: engineId,
      ...env,
    },
    flags,
  );
  agents.push(agent);
  return agent;
}

const containers = () =>
  docker.listContainers({ all: true, filters: { label: [`${LABELS.engineId}=${engineId}`] } });

async function inspectOne() {
  const [container] = await containers();
  // Without an id Docker would be asked for something else, and its client follows where it is sent.
  if (container === undefined) throw new Error("there is no container");
  return docker.getContainer(container.Id).inspect();
}

const untilOnline = (session = 1) =>
  eventually(() =>
    expect(cluster.heard("inventory")).toContainEqual(expect.objectContaining({ session })),
  );

/** A process with one running container. */
async function startRunning(flags: string[] = []): Promise<AgentProcess> {
  const agent = startProcess({}, flags);
  await untilOnline();
  await cluster.send("deploy", aDeploy({ image: image.name }));
  await eventually(() =>
    expect(cluster.heard("job").at(-1)).toMatchObject({ status: "RUNNING", epoch: 1 }),
  );
  return agent;
}

async function readyz() {
  const client = createHttpClient({ baseUrl: `unix:${path.join(folder, "health.sock")}` });
  try {
    return await client.request({ path: "/readyz" });
  } catch (error) {
    if (error instanceof HttpError) return error.body;
    throw error;
  } finally {
    client.close();
  }
}

test("a container that is deployed by MQTT runs, says what it prints, and is removed again", async () => {
  await startRunning();

  expect((await inspectOne()).State.Running).toBe(true);
  await eventually(() =>
    expect(cluster.heard("resources").flatMap(({ services }) => services)).toContainEqual(
      expect.objectContaining({
        logs: "ready\n",
        memory_percent: expect.stringMatching(/^\d+\.\d+$/),
      }),
    ),
  );
  expect(await readyz()).toMatchObject({ status: "ready" });

  await cluster.send("delete", aDelete({ wantRev: 2 }));

  await eventually(() =>
    expect(cluster.heard("job").at(-1)).toMatchObject({ status: "UNDEPLOYED" }),
  );
  expect(await containers()).toEqual([]);
});

test("kill -9 of the agent leaves its container alone, and the next agent takes it up", async () => {
  const agent = await startRunning();
  const before = await inspectOne();
  cluster.forgetHeard();

  await agent.end("SIGKILL");

  await eventually(() =>
    expect(cluster.heard("presence")).toEqual([{ session: 1, state: "agent_lost" }]),
  );
  startProcess();
  await untilOnline(2);
  await eventually(() =>
    expect(cluster.heard("inventory").at(-1)?.held).toEqual([
      expect.objectContaining({ status: "RUNNING", epoch: 1, placement: 1, wanted: true }),
    ]),
  );
  const after = await inspectOne();
  expect(after.Id).toBe(before.Id);
  expect(after.State).toEqual(before.State);
  expect(cluster.heard("job")).toEqual([]);
  expect(cluster.registrations[1]?.bearer).toBe(cluster.worker?.password);
});

test("SIGTERM ends the agent in order and leaves its container running", async () => {
  const agent = await startRunning();

  expect(await agent.end("SIGTERM")).toBe(0);

  expect((await inspectOne()).State.Running).toBe(true);
  expect(cluster.heard("presence").at(-1)).toEqual({ session: 1, state: "agent_lost" });
});

test("with --drain SIGTERM stops and removes the workloads first, and says farewell", async () => {
  const agent = await startRunning(["--drain"]);

  expect(await agent.end("SIGTERM")).toBe(0);

  expect(await containers()).toEqual([]);
  expect(cluster.heard("job").at(-1)).toMatchObject({ status: "DEAD", reason: "drained" });
  expect(cluster.heard("presence").at(-1)).toEqual({ session: 1, state: "leaving" });
});

test("without Docker a worker registers, offers nothing, and says what is missing", async () => {
  startProcess({ DOCKER_HOST: `unix://${folder}/none.sock` });

  await untilOnline();

  expect(cluster.registrations[0]?.registration.virtualization).toEqual([]);
  expect(await readyz()).toMatchObject({
    status: "not ready",
    checks: { registration: { ok: true }, mqtt: { ok: true }, runtime: { ok: false } },
  });
});

test("a wrong environment ends the process with all its faults", async () => {
  const agent = startProcess({ OAK_CLUSTER_PORT: "none", OAK_RUNTIME: "podman" });

  expect(await agent.exited).toBe(2);
  expect(agent.output()).toContain("OAK_CLUSTER_PORT");
  expect(agent.output()).toContain("OAK_RUNTIME");
});

test("--print-config shows everything but secrets", async () => {
  const agent = startProcess({}, ["--print-config"]);

  expect(await agent.exited).toBe(0);
  expect(agent.output()).toContain("OAK_CLUSTER_ADDRESS=127.0.0.1");
  expect(agent.output()).not.toContain(joinSecret);
});
