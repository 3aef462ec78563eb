import type { Hook, HookDelivery, HookWithSecret } from "@oak/contracts";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { eventually, job, newId, type Service, startService, worker } from "./harness.ts";
import { acknowledge, answering, type Manner, type Receiver, startReceiver } from "./receiver.ts";

const timeoutMs = 300;
let service: Service;
let receiver: Receiver;

beforeAll(async () => {
  service = await startService({
    hooks: {
      allow: [{ range: { address: "127.0.0.0", prefix: 8 } }],
      limits: {
        ...{ timeoutMs, connectTimeoutMs: 200, budgetMs: 500, mostAnswered: 10_000, gatherMs: 30 },
        breaker: { failures: 3, baseMs: 60_000, maxMs: 60_000 },
      },
    },
  });
  receiver = await startReceiver();
});
afterAll(async () => {
  await service.stop();
  await receiver.stop();
});
afterEach(async () => {
  for (const { _id } of await service.call<Hook[]>("GET /hooks")) {
    await service.call(`DELETE /hooks/${_id}`);
  }
  receiver.received.length = 0;
  receiver.behave(acknowledge);
});

const hookOn = (entity: string, event: string, changes: Record<string, unknown> = {}) =>
  service.call<HookWithSecret>("POST /hooks", {
    hook_name: newId(),
    webhook_url: receiver.url,
    entity,
    events: [event],
    ...changes,
  });
const deliveriesOf = ({ _id }: Hook) =>
  service.call<HookDelivery[]>(`GET /hooks/${_id}/deliveries`);

test("a hook changes a field of a service before it is stored", async () => {
  receiver.behave(answering((body) => ({ ...body, vcpus: 2, environment: ["ADDED=1"] })));
  const hook = await hookOn("jobs", "pre_create");
  const body = job({ vcpus: 1 });
  const made = await service.call("POST /jobs", body);
  expect(made).toMatchObject({ vcpus: 2, environment: ["ADDED=1"] });
  expect(receiver.received[0]!.body).toEqual(body);
  expect(await deliveriesOf(hook)).toMatchObject([{ outcome: "changed", entity_id: null }]);
});

test("names, owners, rights and the protocol's fields are not a hook's to change", async () => {
  receiver.behave(
    answering((body) => ({
      ...body,
      ...{ _id: newId(), job_name: "x.y.z.w", owner: "mallory", privileged: true, members: [9] },
      ...{ spec_rev: 99, deleted: true, job_name_key: "other", applicationID: newId() },
    })),
  );
  await hookOn("jobs", "pre_create");
  const body = job({ owner: "ada", members: [0] });
  const made = await service.call("POST /jobs", body);
  expect(made).toMatchObject({ ...body, spec_rev: 1, deleted: false });
  expect(made).not.toHaveProperty("privileged");
});

test("hooks are asked one after the other, each with what the one before said", async () => {
  receiver.behave(({ path, body }, response) => {
    const notes = [...((body["notes"] as string[] | undefined) ?? []), path];
    response.end(JSON.stringify({ ...body, notes }));
  });
  for (const name of ["a", "b", "c"]) {
    await hookOn("jobs", "pre_create", { webhook_url: `${receiver.url}/${name}` });
  }
  const made = await service.call("POST /jobs", job());
  expect(made["notes"]).toEqual(["/hook/a", "/hook/b", "/hook/c"]);
});

test("a hook refuses with 403 and a message, and nothing is stored", async () => {
  receiver.behave(answering(() => ({ message: "not\u0007 on Fridays" }), 403));
  const hook = await hookOn("applications", "pre_create", { hook_name: "calendar" });
  const body = { application_name: "app1", application_namespace: "x", userId: "ada" };
  expect(await service.refusal("POST /applications", body)).toEqual({
    status: 403,
    code: "refused_by_hook",
    params: { hook: "calendar" },
  });
  expect(await service.call("GET /applications?userId=ada")).toEqual([]);
  expect(await deliveriesOf(hook)).toMatchObject([{ outcome: "refused", error: "not on Fridays" }]);
});

test("the end of a service can be refused while it lives, and not after that", async () => {
  const { _id } = await service.call("POST /jobs", job());
  const hook = await hookOn("jobs", "pre_delete");
  receiver.behave(answering(() => ({ message: "in use" }), 403));
  const refused = { status: 403, code: "refused_by_hook" };
  expect(await service.refusal(`PATCH /jobs/${_id}`, { deleted: true })).toMatchObject(refused);
  expect(await service.refusal(`DELETE /jobs/${_id}`)).toMatchObject(refused);
  expect(receiver.received[0]!.body).toMatchObject({ _id, job_name: expect.any(String) });
  receiver.behave(acknowledge);
  await service.call(`PATCH /jobs/${_id}`, { deleted: true });
  receiver.behave(answering(() => ({ message: "too late" }), 403));
  await service.call(`DELETE /jobs/${_id}`);
  expect(await deliveriesOf(hook)).toHaveLength(3);
});

const hostile: [string, Manner, string][] = [
  ["never answers", () => undefined, "failed"],
  ["trickles", (_r, response) => void response.write("{"), "failed"],
  ["ends the connection", (_r, response) => void response.destroy(), "failed"],
  ["answers too much", (_r, response) => void response.end("x".repeat(20_000)), "failed"],
  ["answers without an end", endless, "failed"],
  ["answers 500", (_r, response) => void response.writeHead(500).end("{}"), "failed"],
  ["answers 403 without a message", (_r, response) => void response.writeHead(403).end(), "failed"],
  ["redirects", redirect, "failed"],
  ["answers no JSON", (_r, response) => void response.end("<html>"), "ignored"],
  ["answers a list", answering(() => [1]), "ignored"],
  ["answers null", answering(() => null), "ignored"],
  ["answers nothing of a service", answering(() => ({ vcpus: 2 })), "ignored"],
  ["answers a wrong type", answering((body) => ({ ...body, vcpus: "many" })), "ignored"],
  ["answers an operator", answering((body) => ({ ...body, $set: { a: 1 } })), "ignored"],
  ["answers a path", answering((body) => ({ ...body, "a.b": 1 })), "ignored"],
  ["reaches for the prototype", poison, "ignored"],
  ["answers an empty object", answering(() => ({})), "delivered"],
];

function endless(_received: unknown, response: Parameters<Manner>[1]): void {
  const timer = setInterval(() => response.write("x".repeat(4_000)), 1);
  response.on("close", () => clearInterval(timer));
}
function redirect(_received: unknown, response: Parameters<Manner>[1]): void {
  response.writeHead(307, { location: `${receiver.url}/elsewhere` }).end();
}
function poison({ raw }: { raw: string }, response: Parameters<Manner>[1]): void {
  response.end(raw.replace(/^\{/, '{"__proto__":{"polluted":true},'));
}

test.each(hostile)("a hook that %s leaves the data as it was", async (_what, manner, outcome) => {
  receiver.behave(manner);
  const hook = await hookOn("jobs", "pre_create");
  const body = job({ vcpus: 1 });
  const startedMs = performance.now();
  expect(await service.call("POST /jobs", body)).toMatchObject(body);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect(await deliveriesOf(hook)).toMatchObject([{ outcome }]);
  expect(receiver.received.map(({ path }) => path)).toEqual(["/hook"]);
});

test("all hooks of a write together have a time, and the rest is not asked", async () => {
  receiver.behave(() => undefined);
  for (const name of ["a", "b", "c", "d"]) {
    await hookOn("jobs", "pre_create", { webhook_url: `${receiver.url}/${name}` });
  }
  await service.call("POST /jobs", job());
  expect(receiver.received.map(({ path }) => path)).toEqual(["/hook/a", "/hook/b"]);
});

test("a hook that only fails is left alone", async () => {
  receiver.behave((_received, response) => response.destroy());
  const hook = await hookOn("jobs", "pre_create");
  for (let i = 0; i < 6; i += 1) await service.call("POST /jobs", job());
  expect(receiver.received).toHaveLength(3);
  expect(await service.call(`GET /hooks/${hook._id}`)).toMatchObject({
    state: "paused",
    failures: 3,
  });
});

test("signs of life do not wait for a hook that never answers", async () => {
  const never = 60_000;
  const patient = await startService({
    hooks: {
      allow: [{ range: { address: "127.0.0.1", prefix: 32 } }],
      limits: { timeoutMs: never, budgetMs: never, gatherMs: 1 },
    },
  });
  onTestFinished(patient.stop);
  const { _id } = await patient.call("POST /resources", worker());
  receiver.behave(() => undefined);
  const webhook_url = receiver.url;
  const events = ["pre_update", "post_update"];
  await patient.call("POST /hooks", {
    hook_name: "slow",
    webhook_url,
    entity: "resources",
    events,
  });
  for (let i = 1; i <= 10; i += 1) {
    await patient.call(`PATCH /resources/${_id}`, { cpu_percent: i });
    await patient.call("PATCH /resources", { items: [{ _id, fields: { memory_percent: i } }] });
  }
  await eventually(() => expect(receiver.received).toHaveLength(1));
  expect(await patient.call(`GET /resources/${_id}`)).toMatchObject({
    cpu_percent: 10,
    memory_percent: 10,
  });
});

test("what a hook says to a sign of life is stored after it", async () => {
  const { _id } = await service.call("POST /resources", worker());
  receiver.behave(answering((body) => ({ ...body, energy: 7, liveness: "lost", want_rev: 99 })));
  const hook = await hookOn("resources", "pre_update");
  await service.call("PATCH /resources", { items: [{ _id, fields: { cpu_percent: 5 } }] });
  await eventually(async () => expect(await deliveriesOf(hook)).toHaveLength(1));
  expect(await deliveriesOf(hook)).toMatchObject([{ outcome: "changed", entity_id: _id }]);
  expect(receiver.received[0]!.body).toEqual({ cpu_percent: 5, _id });
  const stored = await service.call(`GET /resources/${_id}`);
  expect(stored).toMatchObject({ energy: 7, liveness: "alive", cpu_percent: 5 });
  expect(stored["want_rev"]).not.toBe(99);
});
