import { expect, test } from "vitest";
import { aFeed, aWorker, idOf } from "../../test/fixtures.ts";
import { createManualClock } from "../../test/manual-clock.ts";
import { createCandidateView } from "../domain/candidate-view.ts";
import type { CandidatePoll } from "../ports.ts";
import { followCandidates, pollWaitMs, viewFault } from "./follow-candidates.ts";

test("the first poll wants everything at once, the next wait for what is new", async () => {
  const controller = new AbortController();
  const polls: CandidatePoll[] = [];
  const view = createCandidateView();
  const sizes: number[] = [];
  const source = {
    poll: async (poll: CandidatePoll) => {
      polls.push(poll);
      if (polls.length === 2) controller.abort();
      return aFeed({ cursor: `c${polls.length}`, items: [aWorker(1)] });
    },
  };
  const clock = createManualClock();
  await followCandidates(
    { source, view, clock, onFed: (size) => sizes.push(size) },
    controller.signal,
  );
  expect(polls).toMatchObject([
    { since: "", waitMs: 0 },
    { since: "c1", waitMs: pollWaitMs },
  ]);
  expect(sizes).toEqual([1, 1]);
  expect(view.table.ids()).toEqual([idOf(1)]);
});

test("a poll that fails leaves cursor and candidates as they were", async () => {
  const view = createCandidateView();
  view.apply(aFeed({ items: [aWorker(1)] }), 0);
  const source = { poll: () => Promise.reject(new Error("away")) };
  const following = followCandidates(
    { source, view, clock: createManualClock(), onFed: () => undefined },
    new AbortController().signal,
  );
  await expect(following).rejects.toThrow("away");
  expect(view).toMatchObject({ cursor: "c1", table: { size: 1 } });
});

test("a view is at fault before it is fed, and when it was not fed for long", () => {
  const view = createCandidateView();
  expect(viewFault(view, 0)).toBe("the candidates are not known yet");
  view.apply(aFeed(), 1_000);
  expect(viewFault(view, 1_000 + 2 * pollWaitMs)).toBeUndefined();
  expect(viewFault(view, 61_000)).toBe("the candidates were last told 60 s ago");
});
