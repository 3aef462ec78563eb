import { ASK_KINDS, type NodeFacts, NodesQuestion } from "@oak/contracts";
import { AppError, type AskHandlers, askHandler, jsonAnswer } from "@oak/kit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AskedRoot, type FakeCluster, startAskedRoot } from "./asked-root.ts";
import type { Person } from "./people.ts";

let root: AskedRoot;
let north: FakeCluster;
let south: FakeCluster;
let owner: Person;
let stranger: Person;
let operator: Person;
let serviceId: string;

beforeAll(async () => {
  root = await startAskedRoot();
  north = await root.join("north");
  south = await root.join("south");
  owner = await root.people.add("owner", ["Application_Provider"]);
  stranger = await root.people.add("stranger", ["Application_Provider"]);
  operator = await root.people.add("operator", ["Infrastructure_Provider"]);
  serviceId = await root.deploy(owner, north);
});
beforeEach(() => {
  north.answer(having([aNode(1), aNode(2)]));
  south.answer(having([aNode(3)]));
});
afterAll(() => root.stop());

function aNode(number: number): NodeFacts {
  return {
    id: number.toString(16).padStart(24, "0"),
    name: `edge-${number}`,
    liveness: "alive",
    schedulable: true,
    architecture: "arm64",
    virtualization: ["docker"],
    csi_drivers: [],
    supported_addons: [],
    gpu_drivers: [],
    vcpus: 4,
    memory: 4_000,
    vgpus: 0,
    cpu_percent: 12.5,
    memory_percent: 30,
    ip: "192.0.2.7",
    last_seen: 1_700_000_000,
    instances: 1,
  };
}

/** A cluster with these workers; the first one runs the service. */
function having(nodes: readonly NodeFacts[]): AskHandlers {
  return {
    [ASK_KINDS.nodes]: askHandler(NodesQuestion, async ({ limit, after = "" }) =>
      jsonAnswer({
        nodes: nodes.filter(({ id }) => id > after).slice(0, limit),
        total: nodes.length,
      }),
    ),
    [ASK_KINDS.node]: async (params) => {
      const { id } = params as { id: string };
      const found = nodes.find((node) => node.id === id);
      if (found === undefined) throw new AppError("worker_unknown", { status: 404, title: "No" });
      const workload = {
        service_id: serviceId,
        service_name: "app.ns.web.ns",
        instance_number: 0,
        status: "RUNNING",
        status_detail: "",
        image: "web:1",
        vcpus: 1,
        memory: 100,
      };
      return jsonAnswer({ ...found, workloads: [workload], hardware: { host: "edge" } });
    },
  };
}

/** Answers of one moment are shared; a test wants its own. */
const list = async (person: Person, query = "") => {
  root.people.harness.clock.shiftMs += 1_000;
  return person.call("GET", `/api/nodes${query}`);
};
const idOf = (number: number) => aNode(number).id;

test("the workers of all clusters are listed, each with its cluster", async () => {
  const { status, body } = await list(root.people.admin);
  expect(status).toBe(200);
  expect(body).toMatchObject([
    { name: "edge-1", cluster_name: "north", cluster_id: north.id, ip: "192.0.2.7" },
    { name: "edge-2", cluster_name: "north" },
    { name: "edge-3", cluster_name: "south" },
  ]);
  expect((await list(operator, "?cluster=south")).body).toHaveLength(1);
  expect((await list(operator, `?cluster=${north.id}`)).body).toHaveLength(2);
  expect((await list(operator, "?cluster=west")).status).toBe(404);
});

test("ten thousand workers are read page by page", async () => {
  north.answer(having(Array.from({ length: 10_000 }, (_, index) => aNode(index + 10))));
  const { status, body, headers } = await root.people.harness.call(
    "GET",
    "/api/nodes/?limit=2&sort=-name&cluster=north",
    { token: operator.token },
  );
  await list(operator);
  const again = await list(operator, "?limit=2&sort=-name&cluster=north");
  expect([status, again.status]).toEqual([200, 200]);
  expect(again.body.map(({ name }: NodeFacts) => name)).toEqual(["edge-9999", "edge-9998"]);
  expect(again.headers.get("x-total-count")).toBe("10000");
  expect(again.headers.get("link")).toContain('rel="next"');
  expect(body.length).toBeLessThanOrEqual(2);
  expect(headers.get("content-type")).toContain("json");
});

test("of a cluster that does not answer, what it said last is told, and that it is old", async () => {
  await list(operator);
  south.onAsk(() => undefined);
  const startedMs = performance.now();
  const { body } = await list(operator);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  expect(body).toMatchObject([
    { name: "edge-1" },
    { name: "edge-2" },
    { name: "edge-3", stale: true, last_seen: 1_700_000_000 },
  ]);
});

test("one worker is told with what runs there, to whom the service belongs", async () => {
  const get = (person: Person) => person.call("GET", `/api/nodes/${idOf(1)}`);
  expect((await get(operator)).body).toMatchObject({
    ip: "192.0.2.7",
    hardware: { host: "edge" },
    workloads: [{ service_id: serviceId }],
  });
  expect((await get(owner)).body).toMatchObject({
    ip: "",
    hardware: {},
    workloads: [{ service_id: serviceId }],
  });
  expect((await get(stranger)).body).toMatchObject({ ip: "", hardware: {}, workloads: [] });
  expect((await list(stranger)).body[0]).toMatchObject({ name: "edge-1", ip: "" });
});

test("a worker of a cluster that is away cannot be told of, and is not said to be unknown", async () => {
  await list(operator);
  const stored = root.people.harness.stores.candidates.find(({ _id }) => _id === south.id);
  Object.assign(stored ?? {}, { liveness: "lost" });
  const listed = (await list(operator)).body.find(({ name }: NodeFacts) => name === "edge-3");
  expect(listed).toMatchObject({ stale: true, liveness: "lost" });
  expect((await operator.call("GET", `/api/nodes/${idOf(3)}`)).status).toBe(503);
  Object.assign(stored ?? {}, { liveness: "alive" });
  expect((await operator.call("GET", `/api/nodes/${idOf(3)}`)).status).toBe(200);
});

test("questions of others do not make a cluster look as if it was away", async () => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = having([aNode(1), aNode(2)]);
  north.answer({
    ...slow,
    [ASK_KINDS.node]: async (params, signal) => {
      await released;
      return slow[ASK_KINDS.node]!(params, signal);
    },
  });
  const inspecting = Array.from({ length: 33 }, () =>
    stranger.call("GET", `/api/nodes/${idOf(1)}`),
  );
  expect(await Promise.race(inspecting)).toMatchObject({ status: 429 });
  const { body } = await list(operator, "?cluster=north");
  expect(body.map(({ stale }: { stale?: true }) => stale)).toEqual([undefined, undefined]);
  release();
  const statuses = (await Promise.all(inspecting)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
});

test("what is no worker is not found", async () => {
  expect((await operator.call("GET", `/api/nodes/${idOf(9)}`)).status).toBe(404);
  expect((await operator.call("GET", "/api/nodes/%24ne")).status).toBe(404);
  expect((await root.people.harness.call("GET", "/api/nodes")).status).toBe(401);
});
