import type { InstanceKey } from "@oak/contracts";
import { expect, test } from "vitest";
import { createInstancePasses, type InstancePasses } from "../src/use-cases/instance-passes.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const key = "5f0000000000000000000001/0" as InstanceKey;

/** `count` tells how often `pass` has begun. */
function passesOf(pass: (passes: InstancePasses) => Promise<undefined>) {
  const clock = createVirtualClock();
  let count = 0;
  const passes: InstancePasses = createInstancePasses({
    clock,
    run: () => {
      count += 1;
      return pass(passes);
    },
    onDefect: (_, error) => expect.unreachable(String(error)),
  });
  return { clock, passes, count: () => count };
}

const callsForItself = async (self: InstancePasses): Promise<undefined> => {
  self.trigger(key);
  return undefined;
};

test("any number of triggers during a pass make exactly one more, at once", async () => {
  let end = (): void => undefined;
  const { clock, passes, count } = passesOf(
    () =>
      new Promise((resolve) => {
        end = () => resolve(undefined);
      }),
  );
  for (let i = 0; i < 4; i += 1) passes.trigger(key);
  end();
  await clock.settle();
  expect(count()).toBe(2);
  end();
  await clock.settle();
  expect(passes.oldestStartMs()).toBeUndefined();
});

test("a pass that calls for itself each time leaves the machine to the others", async () => {
  const { clock, passes, count } = passesOf(callsForItself);
  passes.trigger(key);
  // Were it begun anew at once each time, no timer of this process would ever fire.
  await clock.settle();
  expect(count()).toBe(2);
  await clock.advance(60_000);
  expect(count()).toBeLessThan(80);
  await passes.stop();
});

test("what is wanted anew does not wait, however often there was one pass more", async () => {
  const { clock, passes, count } = passesOf(callsForItself);
  passes.trigger(key);
  await clock.advance(60_000);
  const before = count();
  passes.overtake(key);
  expect(count()).toBe(before + 1);
  await passes.stop();
});
