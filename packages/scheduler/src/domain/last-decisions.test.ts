import { expect, test } from "vitest";
import { createLastDecisions } from "./last-decisions.ts";

const placed = { ok: true, candidate: "a", score: 1 } as const;

test("the latest decision for a subject counts", () => {
  const decisions = createLastDecisions();
  const refused = {
    ok: false,
    status: "NO_WORKER_CAPACITY",
    detail: "No worker has 4 free cores",
    refusals: { vcpus: 1 },
  } as const;
  decisions.note("s/1", refused, 5);
  expect(decisions.of("s/1")).toEqual({
    at: 5,
    candidate_id: null,
    detail: "No worker has 4 free cores",
  });
  decisions.note("s/1", placed, 6);
  expect(decisions.of("s/1")).toEqual({ at: 6, candidate_id: "a", detail: "" });
  expect(decisions.of("s/2")).toBeUndefined();
});

test("what is remembered is bounded: the oldest goes", () => {
  const decisions = createLastDecisions();
  for (let number = 0; number < 6_000; number += 1) decisions.note(`s/${number}`, placed, number);
  expect(decisions.of("s/999")).toBeUndefined();
  expect(decisions.of("s/1000")).toBeDefined();
});
