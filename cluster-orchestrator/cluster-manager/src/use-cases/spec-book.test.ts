import type { JobSpec } from "@oak/contracts";
import { expect, test } from "vitest";
import { createSpecBook } from "./spec-book.ts";

const id = "aaaaaaaaaaaaaaaaaaaaaaaa";
const aSpec = (changes: Partial<JobSpec> = {}): JobSpec => ({
  _id: id,
  job_name: "app.ns.web.ns",
  image: "web:1",
  virtualization: "docker",
  ...changes,
});

/** @param byHook what a hook of the cluster changes in every spec */
function fakeDocuments(byHook: Partial<JobSpec> = {}) {
  const stored = new Map<string, JobSpec>();
  const calls: string[] = [];
  let nowMs = 0;
  const book = createSpecBook({
    documents: {
      list: async () => [...stored.values()],
      find: async (jobId) => stored.get(jobId),
      put: async (spec) => {
        calls.push(`put ${spec.image}`);
        const changed = { ...spec, ...byHook };
        stored.set(spec._id, changed);
        return changed;
      },
      remove: async (jobId) => {
        calls.push("remove");
        stored.delete(jobId);
      },
    },
    monotonicMs: () => nowMs,
  });
  return {
    book,
    stored,
    calls,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test("a spec that many instances bring along is stored once, a new revision again", async () => {
  const { book, calls } = fakeDocuments();
  await Promise.all([book.put(aSpec()), book.put(aSpec()), book.put(aSpec({ image: "web:2" }))]);
  expect(calls).toEqual(["put web:1", "put web:2"]);
  expect((await book.get(id))?.image).toBe("web:2");
});

test("what a hook makes of a spec is what counts, and is asked about once", async () => {
  const { book, calls } = fakeDocuments({ vcpus: 2 });
  await book.put(aSpec());
  await book.put(aSpec());
  expect(calls).toEqual(["put web:1"]);
  expect((await book.get(id))?.vcpus).toBe(2);
});

test("names are known after a restart", async () => {
  const { book, stored } = fakeDocuments();
  stored.set(id, aSpec());
  expect(book.nameOf(id)).toBe("");
  await book.load();
  expect(book.nameOf(id)).toBe("app.ns.web.ns");
});

test("a spec goes some time after its last instance", async () => {
  const { book, stored, pass } = fakeDocuments();
  await book.put(aSpec());
  pass(60_000);
  await book.sweep(new Set([id]));
  await book.sweep(new Set());
  expect(stored.size).toBe(1);
  pass(15_000);
  await book.sweep(new Set());
  expect(stored.size).toBe(0);
  expect(await book.get(id)).toBeUndefined();
});

test("a spec whose first instance is just being stored stays", async () => {
  const { book, stored, pass } = fakeDocuments();
  await book.put(aSpec());
  pass(60_000);
  await book.put(aSpec());
  await book.sweep(new Set());
  expect(stored.size).toBe(1);
});
