import { createSilentLogger } from "@oak/kit";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { aJob, idOf } from "../../test/fixtures.ts";
import { createManualClock } from "../../test/manual-clock.ts";
import type { Delivery, PlacementResult } from "../ports.ts";
import { type AnswerOutcome, createDeployAnswers } from "./answer-deploys.ts";

const jobId = `${idOf(0xabc)}/0`;
const request = { jobId, attemptId: "a1", job: aJob() };

function setUp(deliver: (result: PlacementResult, signal: AbortSignal) => Promise<Delivery>) {
  const clock = createManualClock();
  const outcomes: AnswerOutcome[] = [];
  const results: PlacementResult[] = [];
  const answers = createDeployAnswers({
    proposer: {
      propose: ({ attempt_id }) => ({ attempt_id, candidate_id: idOf(1), score: 1 }),
    },
    receiver: {
      deliver: (result, signal) => {
        results.push(result);
        return deliver(result, signal);
      },
    },
    clock,
    random: () => 0.5,
    logger: createSilentLogger(),
    onAnswered: (outcome) => outcomes.push(outcome),
  });
  onTestFinished(() => answers.stop());
  return { answers, outcomes, results, clock };
}

test("the manager is told the candidate, and the attempt if there is a number", async () => {
  const { answers, results, outcomes } = setUp(async () => "delivered");
  answers.accept(request);
  answers.accept({ ...request, jobId: idOf(5), attemptId: undefined });
  await eventually(() => outcomes.length === 2);
  expect(results).toEqual([
    { job_id: jobId, attempt_id: "a1", candidate_id: idOf(1) },
    { job_id: idOf(5), candidate_id: idOf(1) },
  ]);
});

test("delivery is tried again with growing pauses, and given up in the end", async () => {
  const { answers, results, outcomes, clock } = setUp(() => Promise.reject(new Error("away")));
  answers.accept(request);
  await eventually(() => outcomes.length === 1);
  expect(outcomes).toEqual(["given_up"]);
  expect(results).toHaveLength(8);
  expect(clock.waits).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
});

test("a result that the manager does not want is not sent again", async () => {
  const { answers, results, outcomes } = setUp(async () => "rejected");
  answers.accept(request);
  await eventually(() => outcomes.length === 1);
  expect(outcomes).toEqual(["rejected"]);
  expect(results).toHaveLength(1);
});

test("an attempt that is being answered is not answered twice", async () => {
  let release = (_delivery: Delivery): void => undefined;
  const { answers, results, outcomes } = setUp(
    () =>
      new Promise<Delivery>((resolve) => {
        release = resolve;
      }),
  );
  expect([answers.accept(request), answers.accept(request)]).toEqual([true, true]);
  await eventually(() => results.length === 1);
  release("delivered");
  await eventually(() => outcomes.length === 1);
  expect(results).toHaveLength(1);
});

test("few deliveries run at once, and the others follow", async () => {
  let running = 0;
  let most = 0;
  const { answers, outcomes } = setUp(async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return "delivered";
  });
  for (let number = 0; number < 50; number += 1) {
    answers.accept({ ...request, attemptId: `a${number}` });
  }
  await eventually(() => outcomes.length === 50);
  expect(most).toBeLessThanOrEqual(16);
});

test("stopping ends deliveries under way and what waits", async () => {
  const { answers, outcomes } = setUp(
    (_result, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("stopped")));
      }),
  );
  answers.accept(request);
  await answers.stop();
  expect(outcomes).toEqual([]);
});
