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
