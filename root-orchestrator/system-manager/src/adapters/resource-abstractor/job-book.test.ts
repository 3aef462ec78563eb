import type { Feed, Job } from "@oak/contracts";
import type { HttpClient } from "@oak/kit";
import { expect, test } from "vitest";
import type { JobStore } from "../../ports/jobs.ts";
import { createJobBook } from "./job-book.ts";

const aJob = (rev: number, members: number[]): Job =>
  ({ _id: "5e0000000000000000000000", rev, members }) as Job;
const { _id: id } = aJob(0, []);

/** A book that has read one service, and the store whose writes it learns from. */
async function aBook(known: Job) {
  const feed: Feed<Job> = { cursor: "1", reset: true, items: [known], removed: [] };
  const ending = new AbortController();
  const client = {
    request: async () => {
      ending.abort();
      return feed;
    },
    close: () => undefined,
  } as unknown as HttpClient;
  const book = createJobBook(client);
  await book.follow(ending.signal);
  const changed: string[] = [];
  book.onChange((jobId) => changed.push(jobId));
  const server = { stored: known };
  const store = book.learningFrom({
    find: async () => server.stored,
    patch: async (_id, { members }, ifVersion) => {
      server.stored = aJob(ifVersion + 1, [...(members ?? [])]);
      return { ok: true, value: server.stored };
    },
  } as Partial<JobStore> as JobStore);
  return { book, store, server, changed };
}

test("what this process writes is recalled at once", async () => {
  const { store, changed } = await aBook(aJob(1, []));
  await store.patch(id, { members: [0] }, 1);
  expect(store.recall?.(id)).toMatchObject({ rev: 2, members: [0] });
  expect(changed).toEqual([id]);
});

test("an older state of the database takes the place of what is remembered, once it is read", async () => {
  const { book, store, server, changed } = await aBook(aJob(7, [0, 1, 2]));
  server.stored = aJob(4, [0]);
  await store.find(id);
  expect(store.recall?.(id)).toEqual(server.stored);
  expect(book.get(id)).toEqual(server.stored);
  expect(changed).toEqual([id]);
});

test("an answer that was overtaken by a write changes nothing", async () => {
  const { store, server } = await aBook(aJob(7, [0]));
  server.stored = aJob(7, [0]);
  const finding = store.find(id);
  await store.patch(id, { members: [0, 1] }, 7);
  await finding;
  expect(store.recall?.(id)).toMatchObject({ rev: 8 });
});
