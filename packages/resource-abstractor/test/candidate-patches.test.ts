import { type Candidate, type Feed, MOST_PATCHED } from "@oak/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdRequest, newId, type Service, startService, worker } from "./harness.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const put = (body: Record<string, unknown> = {}) =>
  service.call<Candidate>("PUT /resources", worker(body));
const get = (id: string) => service.call<Candidate>(`GET /resources/${id}`);
const patch = (...items: { _id: string; fields: object }[]) =>
  service.call<{ stored: boolean[] }>("PATCH /resources", { items });
const hold = (id: string, n: number) =>
  service.call(`PUT /resources/${id}/holds/${jobId}/${n}`, holdRequest());
const jobId = newId();

test("the figures of many candidates are one operation of the database", async () => {
  const workers = await Promise.all(Array.from({ length: 20 }, () => put()));
  const items = workers.map(({ _id }, i) => ({ _id, fields: { cpu_percent: i } }));
  const operations = await service.operationsOf(async () => {
    expect(await patch(...items)).toEqual({ stored: items.map(() => true) });
  });
  expect(operations).toEqual(["update candidates"]);
  const last = await get(items[19]!._id);
  expect(last).toMatchObject({ cpu_percent: 19, cpu_history: [{ value: "19" }] });
});

test("an unknown id is told in its place, and the others are stored", async () => {
  const [a, b] = [await put(), await put()];
  const items = [a._id, newId(), b._id].map((_id) => ({ _id, fields: { cpu_percent: 7 } }));
  expect(await patch(...items)).toEqual({ stored: [true, false, true] });
  expect(await get(b._id)).toMatchObject({ cpu_percent: 7 });
});

test("of two items for one candidate the later one counts", async () => {
  const { _id } = await put();
  const first = { _id, fields: { cpu_percent: 1, memory: 10 } };
  expect(await patch(first, { _id, fields: { cpu_percent: 2 } })).toEqual({ stored: [true, true] });
  expect(await get(_id)).toMatchObject({ cpu_percent: 2, memory: 10 });
});

test("what the database refuses of one candidate holds up no other", async () => {
  const [a, b] = [await put(), await put()];
  await service.behindItsBack((db) =>
    db
      .collection<{ _id: string }>("candidates")
      .updateOne({ _id: a._id }, { $set: { cpu_history: "no list" } }),
  );
  const items = [a, b].map(({ _id }) => ({ _id, fields: { cpu_percent: 3 } }));
  expect(await patch(...items)).toEqual({ stored: [false, true] });
  expect(await get(b._id)).toMatchObject({ cpu_percent: 3 });
});

test("load alone leaves the version alone, so that a hold is still one operation", async () => {
  const { _id, rev } = await put();
  await hold(_id, 0);
  await patch({ _id, fields: { cpu_percent: 50, memory_percent: 50, memory: 10 } });
  expect(await service.operationsOf(() => hold(_id, 1))).toEqual(["update candidates"]);
  expect(await get(_id)).toMatchObject({ cpu_percent: 50, rev: rev + 2 });
});

test("a hold is decided on what was patched of the capacity", async () => {
  const { _id, rev, allocatable } = await put();
  await hold(_id, 0);
  await patch({ _id, fields: { allocatable: { ...allocatable, vcpus: 1 } } });
  const path = `PUT /resources/${_id}/holds/${jobId}/1`;
  expect(await service.refusal(path, holdRequest())).toMatchObject({ code: "no_room" });
  expect(await get(_id)).toMatchObject({ rev: rev + 2 });
});

test("a follower hears of all that was patched in one answer", async () => {
  const workers = await Promise.all(Array.from({ length: 5 }, () => put()));
  const poll = (cursor: string, wait: number) =>
    service.call<Feed<Candidate>>(`GET /resources?since=${cursor}&wait=${wait}`);
  const { cursor } = await poll("0", 0);
  const waiting = poll(cursor, 30);
  await patch(
    { _id: newId(), fields: { cpu_percent: 4 } },
    ...workers.map(({ _id }) => ({ _id, fields: { cpu_percent: 4 } })),
  );
  const { items, removed } = await waiting;
  expect(items.map(({ _id }) => _id).sort()).toEqual(workers.map(({ _id }) => _id).sort());
  expect(items.every((item) => item.cpu_percent === 4)).toBe(true);
  expect(removed).toEqual([]);
});

test.each([
  ["a rename", { candidate_name: "other" }],
  ["another identity", { node_id: "other" }],
  ["a path", { "holds.x": 1 }],
  ["a word for a number", { memory: "much" }],
])("%s is refused, and nothing of the request is stored", async (_name, fields) => {
  const { _id } = await put({ cpu_percent: 1 });
  const items = [
    { _id, fields: { cpu_percent: 2 } },
    { _id, fields },
  ];
  const refusal = await service.refusal("PATCH /resources", { items });
  expect(refusal).toMatchObject({ status: 422, code: "invalid_input" });
  expect(await get(_id)).toMatchObject({ cpu_percent: 1 });
});

test("a request has a bound, and none at all is fine", async () => {
  const item = { _id: newId(), fields: { cpu_percent: 1 } };
  const items = Array.from({ length: MOST_PATCHED + 1 }, () => item);
  expect(await service.refusal("PATCH /resources", { items })).toMatchObject({ status: 422 });
  expect(await patch()).toEqual({ stored: [] });
});
