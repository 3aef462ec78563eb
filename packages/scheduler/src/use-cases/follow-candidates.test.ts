import { systemClock } from "@oak/kit";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { aFeed, aWorker, idOf } from "../../test/fixtures.ts";
import { createManualClock } from "../../test/manual-clock.ts";
import { createCandidateView } from "../domain/candidate-view.ts";
import type { CandidatePoll } from "../ports.ts";
import { createCandidateFollower, pollWaitMs, viewFault } from "./follow-candidates.ts";

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
  const onFed = (size: number) => sizes.push(size);
  await createCandidateFollower({ source, view, clock, onFed }).follow(controller.signal);
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
  const clock = createManualClock();
  const follower = createCandidateFollower({ source, view, clock, onFed: () => undefined });
  const following = follower.follow(new AbortController().signal);
  await expect(following).rejects.toThrow("away");
  expect(view).toMatchObject({ cursor: "c1", table: { size: 1 } });
});

/** A source whose answers are given by hand; a poll that is given up rejects, as that of a client does. */
function setUpByHand() {
  const view = createCandidateView();
  view.apply(aFeed({ items: [aWorker(1)] }), 0);
  const polls: (CandidatePoll & { answer: (feed: ReturnType<typeof aFeed>) => void })[] = [];
  const source = {
    poll: (poll: CandidatePoll) =>
      new Promise<ReturnType<typeof aFeed>>((answer, reject) => {
        poll.signal.addEventListener("abort", () => reject(new Error("given up")));
        polls.push({ ...poll, answer });
      }),
  };
  const clock = { ...systemClock };
  const follower = createCandidateFollower({ source, view, clock, onFed: () => undefined });
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { view, polls, follower, clock, signal: controller.signal, settle };
}

const change = (cursor: string, ...numbers: number[]) =>
  aFeed({ reset: false, cursor, items: numbers.map((number) => aWorker(number)) });

test("a refresh asks at once, beside the poll that waits, whose answer may then come too late", async () => {
  const { view, polls, follower, signal, settle } = setUpByHand();
  void follower.follow(signal).catch(() => undefined);
  const refreshed = follower.refresh();
  await settle();
  expect(polls.map(({ since, waitMs }) => [since, waitMs])).toEqual([
    ["c1", pollWaitMs],
    ["c1", 0],
  ]);
  polls[1]?.answer(change("c3", 2, 3));
  await refreshed;
  polls[0]?.answer(change("c2", 2));
  await eventually(() => polls.length === 3);
  expect(view.table.ids().sort()).toEqual([1, 2, 3].map(idOf));
  expect(polls[2]?.since).toBe("c3");
});

test("callers who come during a refresh share the next one", async () => {
  const { polls, follower, settle } = setUpByHand();
  const first = follower.refresh();
  await settle();
  const others = [follower.refresh(), follower.refresh()];
  await settle();
  expect(polls).toHaveLength(1);
  polls[0]?.answer(change("c2"));
  await first;
  await settle();
  expect(polls.map(({ since }) => since)).toEqual(["c1", "c2"]);
  polls[1]?.answer(change("c3"));
  await Promise.all(others);
  expect(polls).toHaveLength(2);
});

test("a refresh without an answer ends all the same, and the next one asks again", async () => {
  const { view, polls, follower, clock } = setUpByHand();
  clock.setTimer = (_ms, fire) => systemClock.setTimer(0, fire);
  await follower.refresh();
  await follower.refresh();
  expect(polls).toHaveLength(2);
  expect(view.cursor).toBe("c1");
});

test("a view is at fault before it is fed, and when it was not fed for long", () => {
  const view = createCandidateView();
  expect(viewFault(view, 0)).toBe("the candidates are not known yet");
  view.apply(aFeed(), 1_000);
  expect(viewFault(view, 1_000 + 2 * pollWaitMs)).toBeUndefined();
  expect(viewFault(view, 61_000)).toBe("the candidates were last told 60 s ago");
});
