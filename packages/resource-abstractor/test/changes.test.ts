import type { Candidate, HoldChangeOutcome, Instance, InstanceChangeOutcome } from "@oak/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  holdRequest,
  instanceWrite,
  need,
  newId,
  type Service,
  seen,
  startService,
  worker,
} from "./harness.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const createWorker = async (changes: Record<string, unknown> = {}) =>
  (await service.call<Candidate>("PUT /resources", worker(changes)))._id;
const changeHolds = async (...items: Record<string, unknown>[]) =>
  (await service.call<{ outcomes: HoldChangeOutcome[] }>("POST /resources/changes", { items }))
    .outcomes;
const changeInstances = async (...items: Record<string, unknown>[]) =>
  (await service.call<{ outcomes: InstanceChangeOutcome[] }>("POST /instances/changes", { items }))
    .outcomes;
const read = (id: string) => service.call<Instance>(`GET /instances/${id}`);
const write = (body: { _id: string }, changes: Record<string, unknown> = {}) => ({
  do: "write",
  ...body,
  ...changes,
});

test("each change of a candidate has its own outcome, in their order", async () => {
  const id = await createWorker();
  const key = `${newId()}/0`;
  const hold = { do: "hold", candidate_id: id, key, ...holdRequest() };
  const tooMuch = { ...hold, key: `${newId()}/1`, need: { ...need, vcpus: 50 } };
  const drop = { do: "drop", candidate_id: id, key, epoch: 9, placement: 9 };
  const count = { do: "count", candidate_id: id };
  const unknown = { ...count, candidate_id: newId() };
  const outcomes = await changeHolds(hold, tooMuch, count, unknown, drop, drop);
  expect(outcomes).toEqual([
    { want_rev: 1, rev: expect.any(Number) },
    { refused: "no_room", status: 409 },
    { want_rev: 2, rev: expect.any(Number) },
    { refused: "candidate_unknown", status: 404 },
    { dropped: true },
    { dropped: false },
  ]);
  const { holds, want_rev } = await service.call<Candidate>(`GET /resources/${id}`);
  expect({ holds, want_rev }).toEqual({ holds: {}, want_rev: 2 });
});

test("a hold that is dropped makes room for one of the same moment", async () => {
  const id = await createWorker();
  const all = holdRequest({ need: { ...need, vcpus: 4 } });
  const [first, second] = [`${newId()}/0`, `${newId()}/0`];
  await changeHolds({ do: "hold", candidate_id: id, key: first, ...all });
  const outcomes = await changeHolds(
    { do: "count", candidate_id: id },
    { do: "drop", candidate_id: id, key: first, epoch: 9, placement: 9 },
    { do: "hold", candidate_id: id, key: second, ...all },
  );
  expect(outcomes[2]).toMatchObject({ want_rev: 3 });
});

test("creations, changes and removals of one moment are all made", async () => {
  const [fresh, changed, removed] = [0, 1, 2].map((n) => instanceWrite(newId(), n));
  if (!(fresh && changed && removed)) throw new Error("three were made");
  await changeInstances(write(changed), write(removed));
  const outcomes = await changeInstances(
    write(changed, { phase: "releasing", if_version: 1 }),
    write(fresh),
    { do: "remove", _id: removed._id, if_version: 1 },
  );
  expect(outcomes).toEqual(["done", "done", "done"]);
  expect(await read(fresh._id)).toMatchObject({ rev: 1, seen: null });
  expect(await read(changed._id)).toMatchObject({ rev: 2, phase: "releasing" });
  expect(await service.refusal(`GET /instances/${removed._id}`)).toMatchObject({ status: 404 });
});

test("what came too late is a conflict and holds up none of the others", async () => {
  const [one, other] = [0, 1].map((n) => instanceWrite(newId(), n));
  if (!(one && other)) throw new Error("two were made");
  await changeInstances(write(one), write(other));
  const outcomes = await changeInstances(
    write(one),
    write(one, { epoch: 7, if_version: 5 }),
    write(other, { epoch: 7, if_version: 1 }),
    { do: "remove", _id: one._id, if_version: 4 },
    write(instanceWrite(newId(), 3), { if_version: 2 }),
    { do: "remove", _id: `${newId()}/0`, if_version: 2 },
  );
  expect(outcomes).toEqual(["conflict", "conflict", "done", "conflict", "conflict", "done"]);
  expect(await read(one._id)).toMatchObject({ rev: 1, epoch: one.epoch });
  expect(await read(other._id)).toMatchObject({ rev: 2, epoch: 7 });
});

test("two changes of one instance are made one after the other", async () => {
  const body = instanceWrite(newId(), 0);
  const outcomes = await changeInstances(
    write(body),
    write(body, { epoch: 2, if_version: 1 }),
    write(body, { epoch: 3, if_version: 1 }),
    { do: "remove", _id: body._id, if_version: 2 },
  );
  expect(outcomes).toEqual(["done", "done", "conflict", "done"]);
});

test("what was seen outlives changes of the assignment", async () => {
  const body = instanceWrite(newId(), 0);
  await changeInstances(write(body));
  await service.call(`PATCH /instances/${body._id}/seen`, seen({ cpu_percent: "12.5" }));
  await changeInstances(write(body, { phase: "releasing", if_version: 1 }));
  expect(await read(body._id)).toMatchObject({ rev: 2, seen: { cpu_percent: "12.5" } });
});

test("an item that does not fit its schema is refused with its place, and nothing is stored", async () => {
  const body = instanceWrite(newId(), 0);
  const { status } = await service.refusal("POST /instances/changes", {
    items: [write(body), { do: "remove", _id: "x", if_version: -1 }],
  });
  expect(status).toBe(422);
  expect(await service.refusal(`GET /instances/${body._id}`)).toMatchObject({ status: 404 });
});
