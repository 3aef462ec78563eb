import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchGeneration } from "./watch-generation.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const watched = (first = 100) => {
  const state = { generation: first, told: 0 };
  const generation = watchGeneration(() => state.generation, 1000);
  const end = generation.watch(() => {
    state.told += 1;
  });
  const commit = () => {
    state.generation = (state.generation + 1) >>> 0;
  };
  return { state, generation, commit, end };
};

test("own transactions tell nobody, also where the number wraps", async () => {
  const { state, generation, commit } = watched(0xffffffff);
  generation.around(commit);
  await generation.aroundLong(async () => commit());
  vi.advanceTimersByTime(2000);
  expect(state).toEqual({ generation: 1, told: 0 });
});

test("one of somebody else is told once, at the next look", () => {
  const { state, commit } = watched();
  commit();
  vi.advanceTimersByTime(5000);
  expect(state.told).toBe(1);
});

test("one between two own ones is not lost", () => {
  const { state, generation, commit } = watched();
  generation.around(commit);
  commit();
  generation.around(commit);
  vi.advanceTimersByTime(1000);
  expect(state.told).toBe(1);
});

test("one beside a long own one is told when that is over", async () => {
  const { state, generation, commit } = watched();
  let finish: () => void = () => {};
  const loading = generation.aroundLong(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  generation.around(commit);
  commit();
  commit();
  vi.advanceTimersByTime(3000);
  expect(state.told).toBe(0);
  finish();
  await loading;
  vi.advanceTimersByTime(1000);
  expect(state.told).toBe(1);
});

test("after its end nobody is told", () => {
  const { state, commit, end } = watched();
  end();
  commit();
  vi.advanceTimersByTime(3000);
  expect(state.told).toBe(0);
});
