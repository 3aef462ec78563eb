import { ASK_KINDS, type Ask } from "@oak/contracts";
import { jsonAnswer } from "@oak/kit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AskedRoot, type FakeCluster, startAskedRoot } from "../asked-root.ts";
import type { Answer } from "../harness.ts";
import type { Person } from "../people.ts";

/*
 * OWASP API10:2023, unsafe consumption of APIs: what clusters and workers send up is not believed. Whatever it is, the
 * client gets an error that it can read, or a stream that is cut, and the next request is served.
 */

let root: AskedRoot;
let bad: FakeCluster;
let good: FakeCluster;
let owner: Person;
let logs: string;

beforeAll(async () => {
  root = await startAskedRoot();
  bad = await root.join("bad");
  good = await root.join("good");
  owner = await root.people.add("owner", ["Application_Provider", "Infrastructure_Provider"]);
  logs = `/api/service/${await root.deploy(owner, bad)}/instance/0/logs`;
});
beforeEach(() => {
  good.answer({ [ASK_KINDS.nodes]: async () => jsonAnswer({ nodes: [aNode], total: 1 }) });
});
afterAll(() => root.stop());

const aNode = {
  id: "1".repeat(24),
  name: "edge",
  liveness: "alive",
  schedulable: true,
  architecture: "arm64",
  virtualization: [],
  csi_drivers: [],
  supported_addons: [],
  gpu_drivers: [],
  vcpus: 1,
  memory: 1,
  vgpus: 0,
  cpu_percent: 0,
  memory_percent: 0,
  ip: "",
  last_seen: 0,
  instances: 0,
};
const end = Buffer.from([255, 255, 255, 255]);
const frame = (content: string | Buffer): Buffer => {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const whole = (content: string): Buffer => Buffer.concat([frame(content), end]);

/** Nodes of the good cluster are told, whatever the other one says. */
async function listNodes(): Promise<Answer> {
  root.people.harness.clock.shiftMs += 1_000;
  return owner.call("GET", "/api/nodes");
}
/** The bad cluster answers each question with these bytes. */
const answering = (bytes: Buffer): void =>
  bad.onAsk((ask) => void bad.send(ask.id, bytes).catch(() => undefined));

test.each([
  ["text", whole("hello")],
  ["JSON of another shape", whole('{"nodes":"all","total":-1}')],
  [
    "nodes with ids that are none",
    whole(JSON.stringify({ nodes: [{ ...aNode, id: "{$ne:1}" }], total: 1 })),
  ],
  ["keys that reach prototypes", whole('{"nodes":[],"total":0,"__proto__":{"isAdmin":true}}')],
  ["deep nesting", whole(`{"nodes":${"[".repeat(5_000)}${"]".repeat(5_000)},"total":0}`)],
  ["half an answer", frame('{"nodes":[')],
  ["no frames", Buffer.from("HTTP/1.1 200 OK\r\n\r\n")],
  ["a frame that claims four gigabytes", Buffer.from([255, 255, 255, 254, 1, 2])],
  ["nothing", Buffer.alloc(0)],
])("a cluster that answers with %s does not hide the others", async (_name, bytes) => {
  answering(bytes);
  const { status, body } = await listNodes();
  expect(status).toBe(200);
  expect(body).toMatchObject([{ name: "edge", cluster_name: "good" }]);
  expect(Reflect.get({}, "isAdmin")).toBeUndefined();
});

test("a cluster whose pages never end is read so far and no further", async () => {
  let pages = 0;
  bad.answer({
    [ASK_KINDS.nodes]: async () => {
      pages += 1;
      return jsonAnswer({ nodes: Array.from({ length: 1_000 }, () => aNode), total: 1e9 });
    },
  });
  expect((await listNodes()).status).toBe(200);
  expect(pages).toBeLessThan(5);
});

test("an answer that does not end is ended when it is too large", async () => {
  let sent = 0;
  const piece = frame(Buffer.alloc(512 * 1024, "x"));
  bad.onAsk((ask: Ask) => {
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += piece.length;
        controller.enqueue(piece);
      },
    });
    void bad.send(ask.id, endless).catch(() => undefined);
  });
  const { body } = await listNodes();
  expect(body.map(({ name }: { name: string }) => name)).toContain("edge");
  expect(sent).toBeLessThan(128 * 1024 * 1024);
});

test("answers to what was not asked, or of another cluster's, are refused", async () => {
  const asked: Ask[] = [];
  bad.onAsk((ask) => asked.push(ask));
  const waiting = owner.call("GET", logs);
  await expect.poll(() => asked.length).toBeGreaterThan(0);
  const id = asked[0]?.id ?? "";

  expect(await good.send(id, whole("forged"))).toBe(404);
  expect(await bad.send("0".repeat(32), whole("forged"))).toBe(404);
  expect(await bad.send(id, whole("forged"), "no-token")).toBe(401);
  expect(await bad.send("not-an-id", whole("forged"))).toBe(422);
  expect(await bad.send(id, whole("fine\n"))).toBe(200);
  expect(await bad.send(id, whole("again"))).toBe(404);
  expect((await waiting).body).toBe("fine\n");
});

test.each([
  [{ status: 302, code: "moved", message: "to http://evil.example" }, 422],
  [{ status: 404, code: "x\r\nset-cookie: a=b", message: "" }, 422],
  [{ status: 401, code: "login_again", message: "Send your password" }, 200],
  [{ status: 404, code: "worker_unknown", message: "a\r\nb\u001b[31m".repeat(10) }, 200],
])("a refusal %j becomes an error of ours", async (refusal, taken) => {
  let took = 0;
  bad.onAsk((ask) => {
    void bad.refuse(ask.id, refusal).then((status) => {
      took = status;
      if (status !== 200) void bad.send(ask.id, end);
    });
  });
  const { status, body, headers } = await owner.call("GET", logs);
  expect([200, 404, 503]).toContain(status);
  if (status !== 200) expect(body).toMatchObject({ code: status, message: expect.any(String) });
  expect(headers.get("set-cookie")).toBeNull();
  expect(took).toBe(taken);
});

test("a cluster that is silent costs seconds, and says so", async () => {
  bad.onAsk(() => undefined);
  const startedMs = performance.now();
  const { status, body } = await owner.call("GET", logs);
  expect(status).toBe(504);
  expect(body.message).toContain("cluster did not answer");
  expect(performance.now() - startedMs).toBeLessThan(9_000);
});

test("what is no stream is refused", async () => {
  const response = await fetch(`${root.url}/api/cluster/asks/${"0".repeat(32)}`, {
    method: "POST",
    headers: { authorization: `Bearer ${bad.token}`, "content-type": "application/json" },
    body: "{}",
  });
  expect(response.status).toBe(415);
});
