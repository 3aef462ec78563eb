import type { Candidate } from "@oak/contracts";
import { expect, test } from "vitest";
import { createCandidateMemory } from "./candidate-memory.ts";

const candidate = (id: string, rev: number): Candidate => ({
  _id: id,
  candidate_name: `${id} at ${rev}`,
  rev,
  want_rev: 0,
  allocatable: { vcpus: 1, memory: 1, vgpus: 0, storage: 1 },
  holds: {},
  liveness: "alive",
  schedulable: true,
  session: 0,
  last_modified_timestamp: 0,
});

test("an answer that was overtaken by a newer one changes nothing", () => {
  const memory = createCandidateMemory();
  memory.learn(candidate("a", 5));
  memory.learn(candidate("a", 4));
  expect(memory.get("a")).toEqual(candidate("a", 5));
});

test("what is forgotten may come back older", () => {
  const memory = createCandidateMemory();
  memory.learn(candidate("a", 5));
  memory.forget("a");
  memory.learn(candidate("a", 3));
  expect(memory.get("a")?.rev).toBe(3);
});

test("only what somebody asked for is followed, and only so many", () => {
  const memory = createCandidateMemory(2);
  memory.follow(candidate("a", 1));
  expect(memory.get("a")).toBeUndefined();
  memory.learn(candidate("a", 1));
  memory.learn(candidate("b", 1));
  memory.follow(candidate("a", 2));
  memory.learn(candidate("c", 1));
  expect(["a", "b", "c"].map((id) => memory.get(id)?.rev)).toEqual([2, undefined, 1]);
});
