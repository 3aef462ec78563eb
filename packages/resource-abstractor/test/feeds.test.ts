import type { Candidate, Feed, Instance, Job } from "@oak/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instanceWrite, job, newId, type Service, seen, startService, worker } from "./harness.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const poll = <T>(collection: string, since: string, wait = 0) =>
  service.call<Feed<T>>(`GET /${collection}?since=${since}&wait=${wait}`);
const put = () => service.call<Candidate>("PUT /resources", worker());

test("an unknown cursor answers everything at once, and its cursor answers what came after", async () => {
  const first = await put();
  const start = await poll<Candidate>("resources", "0", 20);
  expect(start.reset).toBe(true);
  expect(start.items.map((item) => item._id)).toContain(first._id);
  expect(await poll("resources", start.cursor)).toEqual({
    cursor: start.cursor,
    reset: false,
    items: [],
    removed: [],
  });
  const second = await put();
  const next = await poll<Candidate>("resources", start.cursor);
  expect(next.items.map((item) => item._id)).toEqual([second._id]);
});

test("several changes of one document are one item with the latest state", async () => {
  const { _id } = await put();
  const { cursor } = await poll("resources", "0");
  for (const session of [1, 2, 3]) await service.call(`PATCH /resources/${_id}`, { session });
  const { items } = await poll<Candidate>("resources", cursor);
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ _id, session: 3, rev: 4 });
});

test("what is gone is named as removed", async () => {
  const { _id } = await put();
  const { cursor } = await poll("resources", "0");
  await service.call(`DELETE /resources/${_id}`);
  expect(await poll("resources", cursor)).toMatchObject({ items: [], removed: [_id] });
});

test("all who wait are woken by a change, long before their time is over", async () => {
  const { cursor } = await poll("resources", "0");
  const waiting = [1, 2, 3].map(() => poll<Candidate>("resources", cursor, 30));
  const { _id } = await put();
  for (const answer of await Promise.all(waiting)) {
    expect(answer.items.map((item) => item._id)).toEqual([_id]);
  }
});

test("a wait without a change ends with the same cursor and nothing in it", async () => {
  const { cursor } = await poll("jobs", "0");
  const answer = await poll("jobs", cursor, 0.05);
  expect(answer).toEqual({ cursor, reset: false, items: [], removed: [] });
});

test("holds and wants reach the feed of candidates", async () => {
  const { _id } = await put();
  const { cursor } = await poll("resources", "0");
  await service.call(`POST /resources/${_id}/want`);
  const { items } = await poll<Candidate>("resources", cursor);
  expect(items[0]).toMatchObject({ _id, want_rev: 1 });
});

test("assignments and reports reach the feed of instances, without charts; stale reports do not", async () => {
  const body = instanceWrite(newId(), 0);
  const { cursor } = await poll("instances", "0");
  await service.call(`PUT /instances/${body._id}`, body);
  await service.call(`PATCH /instances/${body._id}/seen`, seen({ cpu_percent: "1" }));
  const { items, cursor: next } = await poll<Instance>("instances", cursor);
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ _id: body._id, seen: { seq: 1 }, cpu_history: [] });
  await service.call(`PATCH /instances/${body._id}/seen`, seen());
  expect((await poll("instances", next)).items).toEqual([]);
});

test("the feed of jobs has stored documents, tombstones too", async () => {
  const { cursor } = await poll("jobs", "0");
  const { _id } = await service.call<Job>("POST /jobs", job());
  await service.call(`PATCH /jobs/${_id}`, { deleted: true });
  const { items } = await poll<Job>("jobs", cursor);
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ _id, deleted: true });
  expect(items[0]).not.toHaveProperty("instance_list");
});

test("a cursor of another life of the service is a reset", async () => {
  const { cursor } = await poll("resources", "0");
  const other = await startService();
  try {
    const answer = await other.call<Feed<Candidate>>(`GET /resources?since=${cursor}&wait=20`);
    expect(answer).toMatchObject({ reset: true, items: [] });
  } finally {
    await other.stop();
  }
});
