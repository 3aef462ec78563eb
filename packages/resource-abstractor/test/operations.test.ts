import type { Candidate } from "@oak/contracts";
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

/*
 * What the path of a deployment costs in operations of the database, and that the memory which saves some
 * of them is never what decides.
 */

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** A document as anybody may see it who comes past the service. */
interface Raw {
  _id: string;
}

const newKey = () => `${newId()}/0`;
const create = async (changes: Record<string, unknown> = {}) =>
  (await service.call<Candidate>("PUT /resources", worker(changes)))._id;
const read = (id: string) => service.call<Candidate>(`GET /resources/${id}`);
const hold = (id: string, key: string, vcpus = 1) =>
  service.call<{ want_rev: number; rev: number }>(
    `PUT /resources/${id}/holds/${key}`,
    holdRequest({ need: { ...need, vcpus } }),
  );
const refusal = (id: string, vcpus = 1) =>
  service.refusal(
    `PUT /resources/${id}/holds/${newKey()}`,
    holdRequest({ need: { ...need, vcpus } }),
  );
const drop = (id: string, key: string) =>
  service.call(`DELETE /resources/${id}/holds/${key}?epoch=1&placement=1`);
const want = (id: string) => service.call(`POST /resources/${id}/want`);
const createInstance = async () => {
  const body = instanceWrite(newId(), 0);
  await service.call(`PUT /instances/${body._id}`, body);
  return body._id;
};
const report = async (...items: { _id: string; seen: ReturnType<typeof seen> }[]) =>
  (await service.call<{ stored: boolean[] }>("POST /instances/seen", { items })).stored;

/** A candidate that a hold was asked of before. */
async function createHeld(changes: Record<string, unknown> = {}): Promise<string> {
  const id = await create(changes);
  await hold(id, newKey());
  return id;
}

test("a hold is one operation, also after all other writes of the candidate", async () => {
  const id = await createHeld();
  const key = newKey();
  const others = [
    () => hold(id, key),
    () => want(id),
    () => drop(id, key),
    () => service.call(`PATCH /resources/${id}`, { cpu_percent: 5, session: 2 }),
  ];
  for (const write of others) {
    await write();
    expect(await service.operationsOf(() => hold(id, key))).toEqual(["update candidates"]);
  }
});

test("a drop and a want are one operation each", async () => {
  const id = await create();
  const key = newKey();
  await hold(id, key);
  const operations = await service.operationsOf(async () => {
    await want(id);
    await drop(id, key);
  });
  expect(operations).toEqual(["update candidates", "update candidates"]);
});

test("reports of new instances, of known ones and of a new pair are one operation a batch", async () => {
  const [a, b] = [await createInstance(), await createInstance()];
  const batches = [
    [{ _id: a, seen: seen() }],
    [
      { _id: a, seen: seen({ seq: 2 }) },
      { _id: b, seen: seen() },
      { _id: b, seen: seen({ seq: 2 }) },
    ],
    [{ _id: b, seen: seen({ epoch: 2 }) }],
  ];
  for (const batch of batches) {
    const operations = await service.operationsOf(async () =>
      expect(await report(...batch)).toEqual(batch.map(() => true)),
    );
    expect(operations).toEqual(["update instances"]);
  }
});

test("assignments of one moment are one operation, whether they are new, changed or removed", async () => {
  const bodies = [0, 1, 2].map((n) => instanceWrite(newId(), n));
  const change = (items: unknown[]) => () => service.call("POST /instances/changes", { items });
  const write = (if_version: number) =>
    change(bodies.map((body) => ({ do: "write", ...body, if_version })));
  const remove = change(bodies.map(({ _id }) => ({ do: "remove", _id, if_version: 2 })));
  expect(await service.operationsOf(write(0))).toEqual(["insert instances"]);
  expect(await service.operationsOf(write(1))).toEqual(["update instances"]);
  expect(await service.operationsOf(remove)).toEqual(["delete instances"]);
});

test("changes of one candidate that come together are one operation", async () => {
  const id = await createHeld();
  const items = [0, 1, 2].map(() => ({ do: "count", candidate_id: id }));
  const change = () => service.call("POST /resources/changes", { items });
  expect(await service.operationsOf(change)).toEqual(["update candidates", "update candidates"]);
});

test("a hold is granted from what the database holds, not from what is remembered of it", async () => {
  const id = await createHeld({ allocatable: { vcpus: 4, memory: 1000, vgpus: 0, storage: 0 } });
  const foreign = { vcpus: 3, memory: 1, vgpus: 0, host_ports: [], epoch: 1, placement: 1 };
  await service.behindItsBack((db) =>
    db.collection<Raw>("candidates").updateOne(
      { _id: id },
      {
        $set: { [`holds.${newKey()}`]: { ...foreign, since: 0 } },
        $inc: { rev: 1, want_rev: 7 },
      },
    ),
  );
  expect(await refusal(id)).toMatchObject({ status: 409, code: "no_room" });
  const { rev, want_rev } = await read(id);
  expect(await hold(id, newKey(), 0)).toEqual({ rev: rev + 1, want_rev: want_rev + 1 });
});

test("room that somebody else made is found", async () => {
  const id = await createHeld({ allocatable: { vcpus: 1, memory: 1000, vgpus: 0, storage: 0 } });
  expect(await refusal(id)).toMatchObject({ code: "no_room" });
  await service.behindItsBack((db) =>
    db
      .collection<Raw>("candidates")
      .updateOne({ _id: id }, { $set: { "allocatable.vcpus": 2 }, $inc: { rev: 1 } }),
  );
  await hold(id, newKey());
  expect(Object.keys((await read(id)).holds)).toHaveLength(2);
});

test("an older state of the candidate that was put back is what holds go on from", async () => {
  const id = await create();
  const key = newKey();
  await hold(id, key);
  const backup = await read(id);
  await hold(id, newKey(), 3);
  await service.behindItsBack((db) => {
    const { rev, want_rev, holds } = backup;
    return db
      .collection<Raw>("candidates")
      .updateOne({ _id: id }, { $set: { rev, want_rev, holds } });
  });
  expect(await hold(id, newKey(), 2)).toEqual({ rev: backup.rev + 1, want_rev: 2 });
  expect(Object.keys((await read(id)).holds)).toContain(key);
});

test("a candidate that is gone grants nothing, whoever removed it", async () => {
  const [ours, theirs] = [await createHeld(), await createHeld()];
  await service.call(`DELETE /resources/${ours}`);
  await service.behindItsBack((db) => db.collection<Raw>("candidates").deleteOne({ _id: theirs }));
  expect(await refusal(ours)).toMatchObject({ status: 404 });
  expect(await refusal(theirs)).toMatchObject({ status: 404 });
});

test("reports follow the database when somebody else changed what was seen", async () => {
  const [older, newer, gone] = [
    await createInstance(),
    await createInstance(),
    await createInstance(),
  ];
  await report(...[older, newer, gone].map((_id) => ({ _id, seen: seen({ seq: 5 }) })));
  await service.behindItsBack(async (db) => {
    const instances = db.collection<Raw>("instances");
    await instances.updateOne({ _id: older }, { $set: { "seen.seq": 1 } });
    await instances.updateOne({ _id: newer }, { $set: { "seen.seq": 9 } });
    await instances.deleteOne({ _id: gone });
  });
  const next = [older, newer, gone].map((_id) => ({ _id, seen: seen({ seq: 6 }) }));
  expect(await report(...next)).toEqual([true, false, false]);
  // By memory alone this one would be older than the last.
  await service.behindItsBack((db) =>
    db.collection<Raw>("instances").updateOne({ _id: older }, { $set: { seen: null } }),
  );
  expect(await report({ _id: older, seen: seen({ seq: 2 }) })).toEqual([true]);
  expect(await report({ _id: older, seen: seen({ seq: 2 }) })).toEqual([false]);
});
