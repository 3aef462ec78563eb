import type { Hook, HookDelivery, HookWithSecret } from "@oak/contracts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually, job, newId, type Service, startService, worker } from "./harness.ts";
import { isSignedWith, type Receiver, startReceiver } from "./receiver.ts";

let service: Service;
let receiver: Receiver;

beforeAll(async () => {
  service = await startService({
    hooks: {
      allow: [{ range: { address: "127.0.0.0", prefix: 8 } }],
      limits: { gatherMs: 30, retry: { baseMs: 10, maxMs: 40 } },
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
  receiver.behave((_received, response) => response.writeHead(204).end());
});

const anHook = (changes: Record<string, unknown> = {}) => ({
  hook_name: `hook-${newId()}`,
  webhook_url: receiver.url,
  entity: "applications",
  events: ["post_create"],
  ...changes,
});
const anApplication = () => ({
  application_name: `app${newId().slice(-10)}`,
  application_namespace: "test",
  userId: "somebody",
});
const createHook = (changes?: Record<string, unknown>) =>
  service.call<HookWithSecret>("POST /hooks", anHook(changes));
const deliveriesOf = ({ _id }: { _id: string }) =>
  service.call<HookDelivery[]>(`GET /hooks/${_id}/deliveries`);

test("a hook is made, listed, changed and removed; its key is in the first answer alone", async () => {
  const made = await createHook({ hook_name: "first" });
  expect(made).toMatchObject({ hook_name: "first", events: ["post_create"], state: "working" });
  expect(made.secret).toMatch(/^whsec_[\w-]{43}$/);
  const { secret: _shown, ...rest } = made;
  expect(await service.call("GET /hooks")).toEqual([rest]);
  expect(await service.call(`GET /hooks/${made._id}`)).toEqual(rest);
  const changed = await service.call(`PATCH /hooks/${made._id}`, { events: ["pre_delete"] });
  expect(changed).toEqual({ ...rest, events: ["pre_delete"] });
  await service.call(`DELETE /hooks/${made._id}`);
  expect(await service.refusal(`GET /hooks/${made._id}`)).toMatchObject({ status: 404 });
});

test.each([
  ["no event", { events: [] }, 422],
  ["an unknown event", { events: ["during_create"] }, 422],
  ["an unknown key", { colour: "red" }, 422],
  ["a name that is no type", { entity: "$where" }, 422],
  [
    "an event before the change of an instance",
    { entity: "instances", events: ["pre_update"] },
    422,
  ],
])("a hook with %s is refused", async (_what, changes, status) => {
  expect(await service.refusal("POST /hooks", anHook(changes))).toMatchObject({ status });
});

test("a name is given once, and so is an address for an entity", async () => {
  await createHook({ hook_name: "taken" });
  const sameName = anHook({ hook_name: "taken", entity: "jobs" });
  expect(await service.refusal("POST /hooks", sameName)).toEqual({
    status: 409,
    code: "name_taken",
  });
  expect(await service.refusal("POST /hooks", anHook())).toEqual({
    status: 409,
    code: "already_exists",
  });
});

test("what is created is told, signed with the hook's key", async () => {
  const hook = await createHook();
  const { _id } = await service.call("POST /applications", anApplication());
  await eventually(() => expect(receiver.received).toHaveLength(1));
  const [told] = receiver.received;
  expect(told!.body).toEqual({ entity: "applications", entity_id: _id, event: "post_create" });
  expect(told!.headers["x-oak-event"]).toBe("post_create");
  expect(isSignedWith(hook.secret!, told!)).toBe(true);
  await eventually(async () =>
    expect(await deliveriesOf(hook)).toMatchObject([
      { event: "post_create", entity_id: _id, outcome: "delivered", status: 204, attempts: 1 },
    ]),
  );
});

test("for a day both keys sign after an exchange", async () => {
  const hook = await createHook();
  const { secret } = await service.call<HookWithSecret>(`PATCH /hooks/${hook._id}`, {
    rotate_secret: true,
  });
  expect(secret).not.toBe(hook.secret);
  expect(await service.call(`POST /hooks/${hook._id}/test`)).toMatchObject({
    event: "ping",
    outcome: "delivered",
  });
  const [told] = receiver.received;
  expect(told!.body).toEqual({ entity: "applications", entity_id: hook._id, event: "ping" });
  expect([secret!, hook.secret!].map((key) => isSignedWith(key, told!))).toEqual([true, true]);
});

test("a notice that fails is told again, and keeps its number", async () => {
  let calls = 0;
  receiver.behave((_received, response) => {
    calls += 1;
    response.writeHead(calls < 3 ? 503 : 200).end();
  });
  const hook = await createHook();
  await service.call("POST /applications", anApplication());
  await eventually(async () =>
    expect(await deliveriesOf(hook)).toMatchObject([{ outcome: "delivered", attempts: 3 }]),
  );
  const ids = receiver.received.map(({ headers }) => headers["x-oak-delivery"]);
  expect(ids).toEqual([ids[0], ids[0], ids[0]]);
});

test("a notice that the receiver does not like is not told again", async () => {
  receiver.behave((_received, response) => response.writeHead(410).end());
  const hook = await createHook();
  await service.call("POST /applications", anApplication());
  await eventually(async () =>
    expect(await deliveriesOf(hook)).toMatchObject([
      { outcome: "given_up", status: 410, error: "answered 410" },
    ]),
  );
});

test("events of one document come in their order", async () => {
  await createHook({ entity: "jobs", events: ["post_create", "post_update", "post_delete"] });
  const { _id } = await service.call("POST /jobs", job());
  await service.call(`PATCH /jobs/${_id}`, { vcpus: 2 });
  await service.call(`DELETE /jobs/${_id}`);
  await eventually(() => expect(receiver.received).toHaveLength(3));
  expect(receiver.received.map(({ body }) => body.event)).toEqual([
    "post_create",
    "post_update",
    "post_delete",
  ]);
});

test("a service that is put is told as job and as jobs, once to a receiver that listens to both", async () => {
  await createHook({ entity: "jobs" });
  await createHook({ entity: "job" });
  await createHook({ entity: "jobs", webhook_url: `${receiver.url}/other` });
  await service.call("PUT /jobs", job({ _id: newId() }));
  await eventually(() => expect(receiver.received).toHaveLength(2));
  const told = receiver.received.map(({ path, body }) => `${path} ${body.entity}`);
  expect(told.toSorted()).toEqual(["/hook job", "/hook/other jobs"]);
});

test("signs of life are told once in a while", async () => {
  const { _id } = await service.call("POST /resources", worker());
  await createHook({ entity: "resources", events: ["post_update"] });
  const items = Array.from({ length: 20 }, (_, i) => ({ _id, fields: { cpu_percent: i } }));
  await service.call("PATCH /resources", { items });
  await eventually(() => expect(receiver.received).toHaveLength(1));
  expect(receiver.received[0]!.body).toMatchObject({ entity_id: _id, event: "post_update" });
});

test("what was not told before a restart is told after it", async () => {
  receiver.behave((_received, response) => response.writeHead(503).end());
  const hook = await createHook();
  const { _id } = await service.call("POST /applications", anApplication());
  await eventually(() => expect(receiver.received.length).toBeGreaterThan(0));
  await service.restart();
  receiver.behave((_received, response) => response.writeHead(204).end());
  await eventually(async () =>
    expect(await deliveriesOf(hook)).toMatchObject([{ entity_id: _id, outcome: "delivered" }]),
  );
});
