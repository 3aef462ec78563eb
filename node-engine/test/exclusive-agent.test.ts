import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
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
import { aJobId } from "./builders.ts";
import { aDelete, aDeploy, type CommandOverrides } from "./commands.ts";
import { joinSecret, startTestCluster, type TestCluster } from "./test-cluster.ts";

allowForProcesses();

const copy = { job_id: aJobId, instance_number: 0, epoch: 1, placement: 1 };
const shortTtlS = 3;
/** Longer than a process takes to start on a busy machine. */
const longTtlS = 60;
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

async function startAgent(session = 1): Promise<AgentProcess> {
  const agent = startAgentProcess({
    OAK_CLUSTER_ADDRESS: "127.0.0.1",
    OAK_CLUSTER_PORT: String(cluster.httpPort),
    OAK_WORKER_JOIN_SECRET: joinSecret,
    OAK_STATE_DIR: folder,
    OAK_ENGINE_ID: engineId,
  });
  agents.push(agent);
  await eventually(() =>
    expect(cluster.heard("inventory")).toContainEqual(expect.objectContaining({ session })),
  );
  return agent;
}

const containers = () =>
  docker.listContainers({ all: true, filters: { label: [`${LABELS.engineId}=${engineId}`] } });

async function inspect(instance = 0) {
  const found = (await containers()).find(
    ({ Labels }) => Labels[LABELS.taskId] === `app.ns.svc.ns.instance.${instance}`,
  );
  // Without an id Docker would be asked for something else, and its client follows where it is sent.
  if (found === undefined) throw new Error(`there is no container of instance ${instance}`);
  return docker.getContainer(found.Id).inspect();
}
const isRunning = async (instance = 0) => (await inspect(instance)).State.Running;
const untilStopped = () => eventually(async () => expect(await isRunning()).toBe(false));
const deploy = (overrides: CommandOverrides) =>
  cluster.send("deploy", aDeploy({ image: image.name, ...overrides }));
const untilReported = (status: string, instance = 0) =>
  eventually(() =>
    expect(cluster.heard("job").findLast((report) => report.instance === instance)).toMatchObject({
      status,
    }),
  );
const untilTime = (atMs: number) => eventually(() => expect(Date.now()).toBeGreaterThan(atMs));

async function startRunning(exclusiveTtlS: number): Promise<AgentProcess> {
  const agent = await startAgent();
  cluster.name([copy]);
  await deploy({ exclusiveTtlS });
  await untilReported("RUNNING");
  return agent;
}

test("a container that nobody names any more is killed in time, and started when it is named", async () => {
  await startRunning(shortTtlS);
  await deploy({ instance: 1, wantRev: 2 });
  await untilReported("RUNNING", 1);
  const neighbour = await inspect(1);
  const before = await inspect();
  await untilTime(Date.now() + (shortTtlS + 1) * 1_000);
  expect((await inspect()).State).toEqual(before.State);

  cluster.name(undefined);
  const answeredAtMs = cluster.answeredAtMs();
  await untilStopped();

  const { State: state } = await inspect();
  expect(Date.parse(state.FinishedAt)).toBeLessThan(answeredAtMs + shortTtlS * 1_000);
  expect(state.ExitCode).toBe(137);
  await eventually(() =>
    expect(cluster.heard("job").findLast(({ instance }) => instance === 0)).toMatchObject({
      status: "CREATED",
      status_detail: "Stopped: the cluster was out of reach",
    }),
  );

  cluster.name([copy]);
  await untilReported("RUNNING");
  expect((await inspect()).Id).toBe(before.Id);
  expect(cluster.heard("job").at(-1)?.restarts).toBeUndefined();
  expect((await inspect(1)).State).toEqual(neighbour.State);
});

test("a cluster that is cut off and has replaced the copy meanwhile gets it deleted", async () => {
  await startRunning(shortTtlS);
  const before = await inspect();
  cluster.setBrokerReachable(false);
  await untilStopped();
  cluster.name([]);
  cluster.forgetHeard();

  cluster.setBrokerReachable(true);
  await eventually(() => expect(cluster.heard("information")).not.toEqual([]));
  await cluster.send("delete", aDelete({ wantRev: 2 }));
  await untilReported("UNDEPLOYED");

  expect(await containers()).toEqual([]);
  expect(cluster.heard("job").map(({ status }) => status)).not.toContain("CREATING");
  await expect(docker.getContainer(before.Id).inspect()).rejects.toMatchObject({ statusCode: 404 });
});

test("an agent that is killed and back within the lease leaves the container alone", async () => {
  const agent = await startRunning(longTtlS);
  const before = await inspect();

  await agent.end("SIGKILL");
  cluster.name(undefined);
  await startAgent(2);

  await eventually(() =>
    expect(cluster.heard("inventory").at(-1)?.held).toEqual([
      expect.objectContaining({ status: "RUNNING" }),
    ]),
  );
  expect((await inspect()).State).toEqual(before.State);
});

test("an agent that is back after the lease kills the container before it says anything", async () => {
  const agent = await startRunning(shortTtlS);
  await agent.end("SIGKILL");
  await untilTime(cluster.answeredAtMs() + shortTtlS * 1_000);
  expect(await isRunning()).toBe(true);
  cluster.name(undefined);

  await startAgent(2);

  await untilStopped();
  await eventually(() =>
    expect(cluster.heard("job").at(-1)).toMatchObject({ session: 2, status: "CREATED" }),
  );
  cluster.name([copy]);
  await untilReported("RUNNING");
  expect(await isRunning()).toBe(true);
});

test("an agent that was halted kills first, and starts nothing that waited for it", async () => {
  const agent = await startRunning(shortTtlS);
  agent.signal("SIGSTOP");
  await deploy({ instance: 1, wantRev: 2, exclusiveTtlS: shortTtlS });
  await untilTime(cluster.answeredAtMs() + (shortTtlS + 1) * 1_000);
  cluster.name([]);
  expect(await isRunning()).toBe(true);

  agent.signal("SIGCONT");

  await untilStopped();
  await eventually(async () => expect((await inspect(1)).State.Status).toBe("created"));
  cluster.name([{ ...copy, instance_number: 1 }]);
  await untilReported("RUNNING", 1);
  expect(await isRunning()).toBe(false);
});
