import { expect, test } from "vitest";
import { createRootTeller } from "./tell-root.ts";
import type { Roster } from "./worker-roster.ts";

const worker = "65f0c0ffee65f0c0ffee65f2";

/** A roster of one worker, which remembers its liveness. */
function aTeller() {
  const teller = createRootTeller({ nowMs: () => 5_000, nameOf: () => undefined });
  let liveness: "alive" | "lost" | "left" | undefined;
  const roster = {
    get: () => (liveness === undefined ? undefined : { liveness }),
    registered: () => {
      liveness = "alive";
    },
    setLiveness: async (_id: string, next: typeof liveness) => {
      liveness = next;
    },
    remove: () => {
      liveness = undefined;
    },
  } as unknown as Roster;
  return { teller, roster: teller.watching(roster) };
}

const registration = { id: worker, session: 1, isLegacy: false };

test("what becomes of a worker is told in order, by its name", async () => {
  const { teller, roster } = aTeller();
  const named = { ...registration, name: "shed" };
  roster.registered(named);
  await roster.setLiveness(worker, "lost");
  await roster.setLiveness(worker, "lost");
  await roster.setLiveness(worker, "alive");
  roster.registered(registration);
  await roster.setLiveness(worker, "left");
  roster.registered(registration);
  roster.remove(worker);
  const { list = [] } = teller.take() ?? {};
  expect(list.map(({ reason }) => reason)).toEqual([
    "node_joined",
    "node_silent",
    "node_back",
    "node_left",
    "node_back",
    "node_removed",
  ]);
  expect(list[0]).toEqual({
    n: 1,
    at: 5,
    reason: "node_joined",
    message: "Node shed has joined",
    node_id: worker,
    node_name: "shed",
  });
});

test("it is told again until the root has taken it", async () => {
  const { teller, roster } = aTeller();
  expect(teller.take()).toBeUndefined();
  roster.registered(registration);
  const first = teller.take();
  await roster.setLiveness(worker, "lost");
  expect(teller.take()?.list.map(({ n }) => n)).toEqual([1, 2]);
  if (first !== undefined) teller.acknowledged(first);
  expect(teller.take()?.list.map(({ n }) => n)).toEqual([2]);
});

test("while the root is away the newest are kept, and the rest is counted", async () => {
  const { teller, roster } = aTeller();
  roster.registered(registration);
  for (let round = 0; round < 400; round += 1) {
    await roster.setLiveness(worker, "lost");
    await roster.setLiveness(worker, "alive");
  }
  const numbers: number[] = [];
  for (let told = teller.take(); told !== undefined; told = teller.take()) {
    expect(told.list.length).toBeLessThanOrEqual(100);
    expect(told.lost).toBe(numbers.length === 0 ? 301 : 0);
    numbers.push(...told.list.map(({ n }) => n));
    teller.acknowledged(told);
  }
  expect(numbers).toEqual(Array.from({ length: 500 }, (_, i) => 302 + i));
});
