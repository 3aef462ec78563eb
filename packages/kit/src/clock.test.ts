import { expect, test } from "vitest";
import { createFakeClock } from "../test/fake-clock.ts";
import { sleep, systemClock } from "./clock.ts";

test("a cancelled timer does not fire", async () => {
  let isFired = false;
  const cancel = systemClock.setTimer(1, () => {
    isFired = true;
  });
  cancel();
  await sleep(systemClock, 5);
  expect(isFired).toBe(false);
});

test("sleep ends early when its signal aborts, and leaves no timer", async () => {
  const clock = createFakeClock();
  const controller = new AbortController();
  const sleeping = sleep(clock, 60_000, controller.signal);
  controller.abort();
  await sleeping;
  expect(clock.timers).toBe(0);
});

test("sleep with an aborted signal does not wait", async () => {
  const clock = createFakeClock();
  await sleep(clock, 60_000, AbortSignal.abort());
  expect(clock.timers).toBe(0);
});
