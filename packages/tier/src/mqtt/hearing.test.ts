import { expect, test } from "vitest";
import { createHearing } from "./hearing.ts";

const patienceMs = 1_000;

/** One whose connection began at 100 ms. */
function aHearing() {
  const clock = { nowMs: 100 };
  const hearing = createHearing({ monotonicMs: () => clock.nowMs }, patienceMs);
  let questions = 0;
  hearing.begin();
  return {
    hearing,
    clock,
    ask: () => hearing.ask(() => (questions += 1)),
    questions: () => questions,
  };
}

test("a connection hears since it began, and not when it is over", () => {
  const { hearing } = aHearing();
  expect(hearing.sinceMs()).toBe(100);
  hearing.end();
  expect(hearing.sinceMs()).toBeUndefined();
});

test("an answer in time changes nothing", () => {
  const { hearing, clock, ask } = aHearing();
  ask();
  clock.nowMs += patienceMs;
  expect(hearing.sinceMs()).toBe(100);
  hearing.answered();
  expect(hearing.sinceMs()).toBe(100);
});

test("without an answer it is deaf, and begins to hear when the answer comes", () => {
  const { hearing, clock, ask } = aHearing();
  ask();
  clock.nowMs += patienceMs + 1;
  expect(hearing.sinceMs()).toBeUndefined();
  clock.nowMs += 5_000;
  hearing.answered();
  expect(hearing.sinceMs()).toBe(clock.nowMs);
});

test("one question is open at a time, and none without a connection", () => {
  const { hearing, ask, questions } = aHearing();
  ask();
  ask();
  expect(questions()).toBe(1);
  hearing.answered();
  ask();
  expect(questions()).toBe(2);
  hearing.answered();
  hearing.end();
  ask();
  expect(questions()).toBe(2);
});

test("a new connection has no question open", () => {
  const { hearing, clock, ask } = aHearing();
  ask();
  hearing.end();
  clock.nowMs += 2 * patienceMs;
  hearing.begin();
  expect(hearing.sinceMs()).toBe(clock.nowMs);
});
