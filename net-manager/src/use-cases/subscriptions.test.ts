import { expect, test } from "vitest";
import { createSubscriptions } from "./subscriptions.ts";

/** A broker that grants so many topics, and timers that go off when they are told to. */
function scene(most: number) {
  const granted = new Set<string>();
  const timers = new Set<() => void>();
  const asked: string[] = [];
  const state = { isUp: true };
  const subscriptions = createSubscriptions({
    link: {
      isUp: () => state.isUp,
      subscribe: async (topics) => {
        if (!state.isUp || granted.size + topics.length > most) return false;
        for (const topic of topics) granted.add(topic);
        return true;
      },
      unsubscribe: (topic) => void granted.delete(topic),
    },
    onAdded: (name) => asked.push(name),
    clock: {
      setTimer: (_ms, fire) => {
        timers.add(fire);
        return () => timers.delete(fire);
      },
    },
  });
  const goOff = (): void => {
    for (const fire of [...timers]) {
      timers.delete(fire);
      fire();
    }
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { subscriptions, asked, state, timers, granted, goOff, settled };
}

test("what may not be heard of is looked at now and then, until it may be", async () => {
  const { subscriptions, asked, goOff, timers, settled } = scene(1);
  subscriptions.add("a");
  subscriptions.add("b");
  await settled();
  expect(asked.splice(0)).toEqual(["a", "b"]);
  goOff();
  await settled();
  expect(asked.splice(0)).toEqual(["b"]);
  subscriptions.remove("a");
  goOff();
  await settled();
  expect(asked).toEqual(["b"]);
  expect(timers.size).toBe(0);
});

test("a new connection subscribes to everything, and all of it is asked for", async () => {
  const { subscriptions, asked, granted, settled } = scene(1_000);
  const names = Array.from({ length: 250 }, (_, n) => `name${n}`);
  subscriptions.addAll(names);
  await settled();
  expect(granted.size).toBe(250);
  expect(asked).toEqual(names);
});

test("what ended meanwhile is not asked for, nor anything without a connection", async () => {
  const { subscriptions, asked, state, timers, settled } = scene(1_000);
  subscriptions.add("a");
  subscriptions.remove("a");
  state.isUp = false;
  subscriptions.add("b");
  await settled();
  expect(asked).toEqual([]);
  expect(timers.size).toBe(0);
});
