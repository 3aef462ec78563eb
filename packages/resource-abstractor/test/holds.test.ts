import { type Candidate, HoldGranted } from "@oak/contracts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdRequest, need, newId, type Service, startService, worker } from "./harness.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const create = async (changes: Record<string, unknown> = {}) =>
  (await service.call<Candidate>("PUT /resources", worker(changes)))._id;
const read = (id: string) => service.call<Candidate>(`GET /resources/${id}`);
const hold = async (id: string, key: string, changes: Parameters<typeof holdRequest>[0] = {}) =>
  HoldGranted.parse(await service.call(`PUT /resources/${id}/holds/${key}`, holdRequest(changes)));
const refused = (id: string, key: string, changes: Parameters<typeof holdRequest>[0] = {}) =>
  service.refusal(`PUT /resources/${id}/holds/${key}`, holdRequest(changes));
const drop = (id: string, key: string, pair: string) =>
  service.call<{ dropped: boolean }>(`DELETE /resources/${id}/holds/${key}?${pair}`);

test("a granted hold is in the candidate with its pair, and the counters say so", async () => {
  const id = await create();
  const key = `${newId()}/0`;
  const granted = await hold(id, key, { epoch: 3, placement: 2 });
  const candidate = await read(id);
  expect(candidate.holds[key]).toMatchObject({ ...need, epoch: 3, placement: 2 });
  expect(granted).toEqual({ want_rev: candidate.want_rev, rev: candidate.rev });
  expect(granted.want_rev).toBe(1);
});

test("what does not fit is refused with the reason, and the candidate stays as it is", async () => {
  const id = await create();
  const before = await read(id);
  const refusal = await refused(id, `${newId()}/0`, { need: { ...need, vcpus: 5 } });
  expect(refusal).toMatchObject({ status: 409, code: "no_room" });
  expect(refusal.params?.reason).toEqual(expect.any(String));
  expect(await read(id)).toEqual(before);
});

test("two instances never hold one port of the host", async () => {
  const id = await create();
  const ports = { need: { ...need, host_ports: ["8080/tcp"] } };
  await hold(id, `${newId()}/0`, ports);
  expect(await refused(id, `${newId()}/0`, ports)).toMatchObject({ code: "no_room" });
});

test("the same key replaces its hold and is not counted twice", async () => {
  const id = await create();
  const key = `${newId()}/0`;
  const all = { ...need, vcpus: 4 };
  await hold(id, key, { need: all });
  await hold(id, key, { need: all });
  const granted = await hold(id, key, { need: { ...need, vcpus: 3 }, epoch: 2, placement: 0 });
  expect(granted.want_rev).toBe(3);
  expect((await read(id)).holds[key]).toMatchObject({ vcpus: 3, epoch: 2, placement: 0 });
});

test("a lower pair than the stored one is stale", async () => {
  const id = await create();
  const key = `${newId()}/0`;
  await hold(id, key, { epoch: 2, placement: 5 });
  expect(await refused(id, key, { epoch: 2, placement: 4 })).toMatchObject({ code: "stale" });
  expect(await refused(id, key, { epoch: 1, placement: 9 })).toMatchObject({ code: "stale" });
});

test.each([{ liveness: "agent_lost" }, { liveness: "lost" }, { schedulable: false }])(
  "a candidate with %j takes nothing new",
  async (state) => {
    const id = await create(state);
    const refusal = await refused(id, `${newId()}/0`);
    expect(refusal).toMatchObject({ status: 409, code: "not_schedulable" });
  },
);

test("a cordoned candidate renews a hold that it has", async () => {
  const id = await create();
  const key = `${newId()}/0`;
  await hold(id, key);
  await service.call(`PATCH /resources/${id}`, { schedulable: false });
  await hold(id, key, { epoch: 2 });
  expect(await refused(id, `${newId()}/1`)).toMatchObject({ code: "not_schedulable" });
});

test("a copy that is there gets its hold whatever else is held, and nothing more fits beside it", async () => {
  const id = await create();
  const all = { need: { ...need, vcpus: 4 } };
  await hold(id, `${newId()}/0`, all);
  const found = `${newId()}/0`;
  expect(await refused(id, found)).toMatchObject({ code: "no_room" });
  await hold(id, found, { is_there: true });
  expect((await read(id)).holds).toHaveProperty([found]);
  expect(await refused(id, `${newId()}/0`)).toMatchObject({ code: "no_room" });
});

test("a cordon does not keep a copy that is there from its hold, a lost worker or a higher pair does", async () => {
  const cordoned = await create({ schedulable: false });
  const key = `${newId()}/0`;
  await hold(cordoned, key, { is_there: true, epoch: 2 });
  expect(await refused(cordoned, key, { is_there: true, epoch: 1 })).toMatchObject({
    code: "stale",
  });
  const lost = await create({ liveness: "lost" });
  expect(await refused(lost, key, { is_there: true })).toMatchObject({ code: "not_schedulable" });
});

test("a hold is dropped by its own or a higher pair only, and absence is success", async () => {
  const id = await create();
  const key = `${newId()}/0`;
  await hold(id, key, { epoch: 2, placement: 5 });
  expect(await drop(id, key, "epoch=2&placement=4")).toEqual({ dropped: false });
  expect(await drop(id, key, "epoch=1&placement=9")).toEqual({ dropped: false });
  expect((await read(id)).holds).toHaveProperty([key]);
  expect(await drop(id, key, "epoch=2&placement=5")).toEqual({ dropped: true });
  expect(await drop(id, key, "epoch=2&placement=5")).toEqual({ dropped: false });
  expect((await read(id)).holds).toEqual({});
  await hold(id, key, { epoch: 2, placement: 5 });
  expect(await drop(id, key, "epoch=3&placement=0")).toEqual({ dropped: true });
});

test("holds of unknown candidates are 404 and malformed keys 400", async () => {
  const unknown = newId();
  const job = newId();
  const codes = [
    await refused(unknown, `${job}/0`),
    await service.refusal(`DELETE /resources/${unknown}/holds/${job}/0?epoch=1&placement=1`),
    await service.refusal(`POST /resources/${unknown}/want`),
    await refused(unknown, `${job}/-1`),
    await refused(unknown, "web/0"),
  ].map(({ status }) => status);
  expect(codes).toEqual([404, 404, 404, 400, 400]);
});

test("wants are counted one by one, also at once", async () => {
  const id = await create();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () =>
      service.call<{ want_rev: number }>(`POST /resources/${id}/want`),
    ),
  );
  const counted = answers.map((answer) => answer.want_rev).toSorted((a, b) => a - b);
  expect(counted).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("after a renewal every counter goes on above the base", async () => {
  const own = await startService();
  try {
    const [first, second] = [worker(), worker()];
    const a = await own.call<Candidate>("PUT /resources", first);
    const b = await own.call<Candidate>("PUT /resources", second);
    const { incarnation } = await own.call<{ incarnation: string }>("GET /tier");
    await own.call("POST /tier/renew", { incarnation });
    const key = `${newId()}/0`;
    const granted = await own.call(`PUT /resources/${a._id}/holds/${key}`, holdRequest());
    expect(granted).toMatchObject({ want_rev: 1_000_001 });
    expect(await own.call(`POST /resources/${b._id}/want`)).toEqual({ want_rev: 1_000_001 });
    expect(await own.call(`POST /resources/${b._id}/want`)).toEqual({ want_rev: 1_000_002 });
    const fresh = await own.call<Candidate>("PUT /resources", worker());
    expect(fresh.want_rev).toBe(1_000_000);
  } finally {
    await own.stop();
  }
});

test("of two requests for the last room exactly one wins", async () => {
  const id = await create();
  const half = { need: { ...need, vcpus: 3 } };
  const results = await Promise.allSettled([
    hold(id, `${newId()}/0`, half),
    hold(id, `${newId()}/0`, half),
  ]);
  expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
});

const disturb = {
  load: (id: string) => service.call(`PATCH /resources/${id}`, { cpu_percent: 1 }),
  want: (id: string) => service.call(`POST /resources/${id}/want`),
  foreign: (id: string) =>
    service.behindItsBack((db) =>
      db.collection<{ _id: string }>("candidates").updateOne({ _id: id }, { $inc: { rev: 1 } }),
    ),
};

test("whatever is asked at once, holds never exceed what there is and every grant has its own want_rev", async () => {
  const request = fc.record({
    vcpus: fc.integer({ min: 0, max: 3 }),
    memory: fc.integer({ min: 0, max: 600 }),
    port: fc.constantFrom("80/tcp", "81/tcp", undefined),
    noise: fc.constantFrom("load", "want", "foreign", undefined),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 12 }), async (requests) => {
      const id = await create();
      const outcomes = await Promise.all(
        requests.map(async ({ vcpus, memory, port, noise }) => {
          const host_ports = port === undefined ? [] : [port];
          // Other writers of the document must cost retries at most.
          if (noise !== undefined) await disturb[noise](id);
          const changes = { need: { vcpus, memory, vgpus: 0, host_ports } };
          return hold(id, `${newId()}/0`, changes).catch(() => undefined);
        }),
      );
      const granted = outcomes.flatMap((outcome) => outcome ?? []);
      const { holds, want_rev } = await read(id);
      const held = Object.values(holds);
      expect(held.length).toBe(granted.length);
      expect(new Set(granted.map((grant) => grant.want_rev)).size).toBe(granted.length);
      const wants = requests.filter(({ noise }) => noise === "want");
      expect(want_rev).toBe(granted.length + wants.length);
      expect(held.reduce((sum, one) => sum + one.vcpus, 0)).toBeLessThanOrEqual(4);
      expect(held.reduce((sum, one) => sum + one.memory, 0)).toBeLessThanOrEqual(1000);
      const ports = held.flatMap((one) => one.host_ports);
      expect(new Set(ports).size).toBe(ports.length);
    }),
    { numRuns: 25 },
  );
});
