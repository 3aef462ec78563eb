import type { Candidate } from "@oak/contracts";
import { expect, test } from "vitest";
import { createRoster } from "./worker-roster.ts";

const id = "a00000000000000000000000";

function aRoster(base: number, stored: Partial<Candidate>[] = []) {
  const candidates = {
    list: async () =>
      stored.map((fields) => ({ _id: id, liveness: "alive", ...fields }) as Candidate),
    patch: async () => undefined,
  };
  const clock = { nowMs: () => 0, monotonicMs: () => 0 };
  const tier = { current: () => ({ incarnation: "c2", base }) };
  return createRoster(candidates, { clock, tier });
}

test("a session that was stored before the counters were lifted counts for nothing after a start", async () => {
  const roster = aRoster(1_000_000, [{ session: 2, proto: 1 }]);
  await roster.load();
  expect(roster.get(id)?.session).toBeLessThan(0);
});

test("a registration that the lifting of the counters has overtaken counts for nothing", () => {
  const roster = aRoster(1_000_000);
  roster.registered({ id, session: 3, isLegacy: false });
  expect(roster.get(id)?.session).toBeLessThan(0);
  roster.registered({ id, session: 1_000_001, isLegacy: false });
  expect(roster.get(id)?.session).toBe(1_000_001);
});

test("sessions of a database that was never renewed, and those of older workers, stay as they are", async () => {
  const present = aRoster(0, [{ session: 2, proto: 1 }]);
  await present.load();
  expect(present.get(id)?.session).toBe(2);
  const older = aRoster(1_000_000, [{ session: 2 }]);
  await older.load();
  expect(older.get(id)?.session).toBe(2);
});

test("a worker that was called lost by a request without an answer is stored as alive when it is heard", async () => {
  let stored = "alive";
  let isAnswering = false;
  let nowMs = 0;
  const candidates = {
    list: async () => [],
    patch: async (_id: string, { liveness }: Partial<Candidate>) => {
      stored = String(liveness);
      if (!isAnswering) throw new Error("no answer");
    },
  };
  const clock = { nowMs: () => 0, monotonicMs: () => nowMs };
  const roster = createRoster(candidates, {
    clock,
    tier: { current: () => ({ incarnation: "c1", base: 0 }) },
  });
  roster.registered({ id, session: 1, isLegacy: false });
  await expect(roster.setLiveness(id, "lost")).rejects.toThrow("no answer");
  expect([roster.get(id)?.liveness, stored]).toEqual(["alive", "lost"]);

  isAnswering = true;
  await roster.confirmLiveness(id);
  expect(stored).toBe("alive");

  // That request may come about later still.
  stored = "lost";
  nowMs = 15_000;
  await roster.confirmLiveness(id);
  expect(stored).toBe("alive");
  stored = "unchanged";
  await roster.confirmLiveness(id);
  expect(stored).toBe("unchanged");
});

test("a registration does not end the doubt: the request without an answer may come about after it", async () => {
  let stored = "alive";
  let isAnswering = false;
  const candidates = {
    list: async () => [],
    patch: async (_id: string, { liveness }: Partial<Candidate>) => {
      if (!isAnswering) throw new Error("no answer");
      stored = String(liveness);
    },
  };
  const roster = createRoster(candidates, {
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    tier: { current: () => ({ incarnation: "c1", base: 0 }) },
  });
  roster.registered({ id, session: 1, isLegacy: false });
  await expect(roster.setLiveness(id, "lost")).rejects.toThrow("no answer");
  isAnswering = true;
  roster.registered({ id, session: 2, isLegacy: false });
  stored = "lost";
  await roster.confirmLiveness(id);
  expect(stored).toBe("alive");
});
