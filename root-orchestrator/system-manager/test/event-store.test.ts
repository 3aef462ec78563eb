import { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventQuery, StoredEvent } from "../src/domain/events/event-query.ts";
import { matchesQuery } from "../src/domain/events/event-query.ts";
import { createEventStore } from "../src/store/events.ts";
import { startTestDatabase, type TestDatabase } from "./harness.ts";

let database: TestDatabase;
let client: MongoClient;

beforeAll(async () => {
  database = await startTestDatabase();
  client = await new MongoClient(database.url).connect();
});

afterAll(async () => {
  await client.close();
  await database.stop();
});

async function aStore() {
  const db = client.db(database.newName());
  const store = createEventStore(() => db);
  await store.prepare();
  return store;
}

const anEvent = (id: number, extra: Partial<StoredEvent> = {}): StoredEvent => ({
  id,
  at: id / 10,
  type: "instance",
  level: "normal",
  reason: "running",
  message: `event ${id}`,
  ...extra,
});

const everything: EventQuery = { all: [] };
const idsOf = (events: readonly StoredEvent[]) => events.map(({ id }) => id);

/** A bit of everything that a query can ask for. */
const mixed = Array.from({ length: 60 }, (_, i) =>
  anEvent(1_823_472_000_000_000 + i, {
    ...(i % 2 === 0 ? { owner: "ada" } : {}),
    ...(i % 3 === 0 ? { organization_id: "o1" } : {}),
    type: i % 5 === 0 ? "node" : "instance",
    instance_number: i % 4,
    service_id: `s${i % 7}`,
  }),
);

test.each<[string, EventQuery]>([
  ["everything", everything],
  ["one owner", { all: [{ field: "owner", oneOf: ["ada"] }] }],
  ["what has no owner", { all: [{ field: "owner", oneOf: [null] }] }],
  [
    "one owner, in no or one organization",
    {
      all: [
        { field: "owner", oneOf: ["ada"] },
        { field: "organization_id", oneOf: [null, "o1"] },
      ],
    },
  ],
  [
    "one field twice",
    {
      all: [
        { field: "type", oneOf: ["instance", "node"] },
        { field: "type", oneOf: ["node"] },
      ],
    },
  ],
  [
    "either of two",
    {
      all: [{ field: "instance_number", oneOf: [1, 2] }],
      any: [[{ field: "owner", oneOf: ["ada"] }], [{ field: "type", oneOf: ["node"] }]],
    },
  ],
  ["a service", { all: [{ field: "service_id", oneOf: ["s3"] }] }],
])("the database finds what the filter in memory lets through: %s", async (_name, query) => {
  const store = await aStore();
  await store.append(mixed);
  const expected = mixed.filter((event) => matchesQuery(query, event));
  const oldest = await store.find(query, { order: "oldest", limit: 1_000 });
  expect(oldest).toEqual(expected);
  const newest = await store.find(query, { order: "newest", limit: 3 });
  expect(newest).toEqual(expected.toReversed().slice(0, 3));
});

test("a range leaves out its ends", async () => {
  const store = await aStore();
  await store.append([1, 2, 3, 4, 5].map((id) => anEvent(id)));
  const found = await store.find(everything, { after: 1, before: 5, order: "newest", limit: 10 });
  expect(idsOf(found)).toEqual([4, 3, 2]);
});

test("what is appended twice is stored once, and the rest is stored all the same", async () => {
  const store = await aStore();
  await store.append([anEvent(1), anEvent(2)]);
  await store.append([anEvent(1, { message: "later" }), anEvent(2), anEvent(3)]);
  const found = await store.find(everything, { order: "oldest", limit: 10 });
  expect(found).toEqual([anEvent(1), anEvent(2), anEvent(3)]);
});

test("a repetition changes the event that it repeats", async () => {
  const store = await aStore();
  await store.append([anEvent(1), anEvent(2)]);
  await store.repeat([{ id: 2, count: 5, last_at: 9, message: "again" }]);
  const found = await store.find(everything, { order: "oldest", limit: 10 });
  expect(found).toEqual([anEvent(1), anEvent(2, { count: 5, last_at: 9, message: "again" })]);
});

test("the oldest are removed, as many as asked for and up to an id", async () => {
  const store = await aStore();
  await store.append([1, 2, 3, 4, 5, 6].map((id) => anEvent(id)));
  expect(await store.removeOldest(Number.MAX_SAFE_INTEGER, 2)).toBe(2);
  expect(await store.removeOldest(4, 100)).toBe(2);
  expect(await store.removeOldest(4, 100)).toBe(0);
  expect(idsOf(await store.find(everything, { order: "oldest", limit: 10 }))).toEqual([5, 6]);
  expect(await store.count()).toBe(2);
  expect(await store.newestId()).toBe(6);
});

test("an empty store has no newest event", async () => {
  expect(await (await aStore()).newestId()).toBe(0);
});
