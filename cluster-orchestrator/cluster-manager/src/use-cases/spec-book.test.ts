import type { JobSpec } from "@oak/contracts";
import { expect, test } from "vitest";
import type { ServiceSpecs } from "../ports.ts";
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
  const stored = new Map<string, ServiceSpecs>();
  const calls: string[] = [];
  let nowMs = 0;
  const book = createSpecBook({
    documents: {
      list: async () => [...stored.values()],
      find: async (jobId) => stored.get(jobId),
      put: async (specs) => {
        calls.push(`put ${[...specs.byRevision.values()].map(({ image }) => image).join()}`);
        const changed = [...specs.byRevision].map(([revision, spec]): [number, JobSpec] => [
          revision,
          { ...spec, ...byHook },
        ]);
        const answer = { ...specs, byRevision: new Map(changed) };
        stored.set(specs.jobId, answer);
        return answer;
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
  const second = aSpec({ image: "web:2" });
  await Promise.all([book.put(aSpec(), 1), book.put(aSpec(), 1), book.put(second, 2)]);
  expect(calls).toEqual(["put web:1", "put web:1,web:2"]);
  expect((await book.get(id))?.image).toBe("web:2");
});

test("what a hook makes of a spec is what counts, and is asked about once", async () => {
  const { book, calls } = fakeDocuments({ vcpus: 2 });
  await book.put(aSpec(), 1);
  await book.put(aSpec(), 1);
  expect(calls).toEqual(["put web:1"]);
  expect((await book.get(id))?.vcpus).toBe(2);
});

test("names are known after a restart", async () => {
  const { book, stored } = fakeDocuments();
  stored.set(id, { jobId: id, latest: 1, byRevision: new Map([[1, aSpec()]]) });
  expect(book.nameOf(id)).toBe("");
  await book.load();
  expect(book.nameOf(id)).toBe("app.ns.web.ns");
});

test("a spec goes some time after its last instance", async () => {
  const { book, stored, pass } = fakeDocuments();
  await book.put(aSpec(), 1);
  pass(60_000);
  await book.sweep(new Map([[id, new Set([1])]]));
  await book.sweep(new Map());
  expect(stored.size).toBe(1);
  pass(15_000);
  await book.sweep(new Map());
  expect(stored.size).toBe(0);
  expect(await book.get(id)).toBeUndefined();
});

test("a spec whose first instance is just being stored stays", async () => {
  const { book, stored, pass } = fakeDocuments();
  await book.put(aSpec(), 1);
  pass(60_000);
  await book.put(aSpec(), 1);
  await book.sweep(new Map());
  expect(stored.size).toBe(1);
});

test("each instance is made of its own revision, as long as there is one", async () => {
  const { book, stored, pass } = fakeDocuments();
  await book.put(aSpec({ onDisconnect: "keep" }), 1);
  await book.put(aSpec({ image: "web:2" }), 2);
  expect([(await book.get(id, 1))?.image, (await book.get(id, 2))?.image]).toEqual([
    "web:1",
    "web:2",
  ]);
  expect([book.policyOf(id, 1), book.policyOf(id, 2)]).toEqual(["keep", "replace"]);
  pass(60_000);
  await book.sweep(new Map([[id, new Set([2])]]));
  expect(await book.get(id, 1)).toBeUndefined();
  expect([...(stored.get(id)?.byRevision.keys() ?? [])]).toEqual([2]);
});

test("the spec of a revision that nobody has told of is not taken from another one", async () => {
  const { book } = fakeDocuments();
  await book.put(aSpec(), 1);
  expect(await book.get(id, 2)).toBeUndefined();
});
