import type { Candidate, Instance } from "@oak/contracts";
import { expect, test } from "vitest";
import { anInstance, workerId } from "../../test/memory-store.ts";
import { createClusterFigureBook } from "./cluster-figures.ts";

const aCandidate = (changes: Partial<Candidate> = {}): Candidate => ({
  _id: workerId,
  candidate_name: "edge-1",
  rev: 1,
  want_rev: 0,
  allocatable: { vcpus: 4, memory: 4_000, vgpus: 0, storage: 50_000 },
  holds: {},
  liveness: "alive",
  schedulable: true,
  session: 1,
  architecture: "amd64",
  virtualization: ["docker"],
  last_modified_timestamp: 0,
  ...changes,
});

function withFigures() {
  const instances: Instance[] = [];
  const load: { latest: Partial<Candidate> } = { latest: {} };
  const book = createClusterFigureBook({
    instancesOf: () => instances,
    loadOf: () => load.latest,
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
  });
  book.reset([aCandidate()]);
  return { book, instances, load };
}

test("an instance counts from the moment in which it is assigned, before its hold is heard of", () => {
  const { book, instances } = withFigures();
  expect(book.figures().free_shapes).toMatchObject([{ vcpus: 4 }]);
  instances.push(anInstance());
  book.touch();
  expect(book.figures().free_shapes).toMatchObject([{ vcpus: 3, memory: 3_900 }]);
});

test("a hold that is there already is not counted twice", () => {
  const { book, instances } = withFigures();
  const instance = anInstance();
  instances.push(instance);
  const hold = { ...instance.need, epoch: 1, placement: 1, since: 0 };
  book.change([aCandidate({ holds: { [instance._id]: hold } })], []);
  expect(book.figures().free_shapes).toMatchObject([{ vcpus: 3 }]);
});

test("load is laid over what is stored", () => {
  const { book, load } = withFigures();
  load.latest = { cpu_percent: 50 };
  book.touchLoad();
  expect(book.figures().cpu_percent).toBe(50);
});

test("figures are worked out once until something changes", () => {
  const { book } = withFigures();
  expect(book.figures()).toBe(book.figures());
});

test("a worker that goes is news, its load is none", () => {
  const { book, load } = withFigures();
  book.figures();
  load.latest = { cpu_percent: 50 };
  book.touchLoad();
  expect(book.hasNews()).toBe(false);
  book.change([], [workerId]);
  expect(book.hasNews()).toBe(true);
  book.figures();
  expect(book.hasNews()).toBe(false);
});
