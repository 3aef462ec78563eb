import { STATUSES, type Status } from "@oak/contracts";
import { expect, test } from "vitest";
import { isTerminal, mayFollow, TRANSITIONS } from "./transitions.ts";

function reachableFrom(start: Status): Set<Status> {
  const reached = new Set<Status>([start]);
  for (const status of reached) for (const next of TRANSITIONS[status]) reached.add(next);
  return reached;
}

test("every status can be reached from REQUESTED", () => {
  expect([...reachableFrom("REQUESTED")].sort()).toEqual([...STATUSES].sort());
});

test("only UNDEPLOYED has no way out", () => {
  expect(STATUSES.filter((status) => TRANSITIONS[status].length === 0)).toEqual(["UNDEPLOYED"]);
});

test("whatever an instance shows, it can be deleted", () => {
  for (const status of STATUSES) expect(reachableFrom(status)).toContain("UNDEPLOYED");
});

test("nothing that has completed runs again", () => {
  expect(reachableFrom("COMPLETED")).toEqual(new Set(["COMPLETED", "UNDEPLOYED"]));
});

test("the terminal states are those that lead at most to deletion", () => {
  const last = STATUSES.filter((status) =>
    TRANSITIONS[status].every((next: Status) => next === "UNDEPLOYED"),
  );
  expect(STATUSES.filter(isTerminal)).toEqual(last);
});

test("a status may follow itself, and what its row names", () => {
  expect(mayFollow("RUNNING", "RUNNING")).toBe(true);
  expect(mayFollow("RUNNING", "FAILED")).toBe(true);
  expect(mayFollow("COMPLETED", "RUNNING")).toBe(false);
  expect(mayFollow("UNDEPLOYED", "REQUESTED")).toBe(false);
});
