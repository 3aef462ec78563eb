import { expect, test } from "vitest";
import { createClusterRoster } from "./cluster-roster.ts";

const cluster = { id: "c".repeat(24), session: 1 };

test("after a start the clusters that were there are waited for", () => {
  const roster = createClusterRoster();
  roster.learn({ ...cluster, isAwaited: true });
  expect(roster.haveAllReported()).toBe(false);
});

test("one that was away already is not, and yet has everything to tell when it is back", () => {
  const roster = createClusterRoster();
  roster.learn({ ...cluster, isAwaited: false });
  expect(roster.haveAllReported()).toBe(true);
  expect(roster.get(cluster.id)?.hasReported).toBe(false);
});

test("one that was away already is heard of once it has reported, the others from the start", () => {
  const roster = createClusterRoster();
  const away = "d".repeat(24);
  roster.learn({ ...cluster, isAwaited: true });
  roster.learn({ ...cluster, id: away, isAwaited: false });
  expect([cluster.id, away].map(roster.isHeard)).toEqual([true, false]);
  Object.assign(roster.get(away) ?? {}, { hasReported: true });
  expect(roster.isHeard(away)).toBe(true);
  roster.lose(away);
  expect(roster.isHeard(away)).toBe(false);
});
