import { expect, test } from "vitest";
import { createEventFolder, type UnnumberedEvent } from "./fold-events.ts";

const anEvent = (at: number, extra: Partial<UnnumberedEvent> = {}): UnnumberedEvent => ({
  at,
  type: "instance",
  level: "warning",
  reason: "failed",
  message: `at ${at}`,
  service_id: "65f0c0ffee65f0c0ffee65f0",
  instance_number: 1,
  ...extra,
});

test("ids grow, also when the clock goes back", () => {
  const folder = createEventFolder();
  const first = folder.fold([anEvent(1), anEvent(2, { reason: "dead" })], 5_000).added;
  const second = folder.fold([anEvent(3, { reason: "running" })], 1_000).added;
  const ids = [...first, ...second].map(({ id }) => id);
  expect(ids).toEqual([...ids].toSorted((a, b) => a - b));
  expect(new Set(ids).size).toBe(3);
});

test("ids go on above what is stored", () => {
  const folder = createEventFolder();
  folder.startAbove(10_000_000);
  expect(folder.fold([anEvent(1)], 1_000).added[0]?.id).toBe(10_000_001);
});

test("what happens over and over is told three times a minute, and then counted", () => {
  const folder = createEventFolder();
  const { added, repeated } = folder.fold(
    [1, 2, 3, 4, 5].map((at) => anEvent(at)),
    1_000,
  );
  expect(added).toHaveLength(3);
  // Stored with this very write: nothing is to be changed.
  expect(repeated).toEqual([]);
  expect(added[2]).toMatchObject({ at: 3, count: 3, last_at: 5, message: "at 5" });
  const later = folder.fold([anEvent(6)], 2_000);
  expect(later.added).toEqual([]);
  expect(later.repeated).toEqual([{ id: added[2]?.id, count: 4, last_at: 6, message: "at 6" }]);
});

test("after a minute it is told anew", () => {
  const folder = createEventFolder();
  folder.fold(
    [1, 2, 3, 4].map((at) => anEvent(at)),
    1_000,
  );
  expect(folder.fold([anEvent(62)], 62_000).added).toHaveLength(1);
});

test("what happens elsewhere is another story", () => {
  const folder = createEventFolder();
  const nodes = Array.from({ length: 6 }, (_, i) => anEvent(i, { node_id: `n${i}` }));
  expect(folder.fold(nodes, 1_000).added).toHaveLength(6);
});

test("memory for what may repeat is bounded", () => {
  const folder = createEventFolder();
  const many = Array.from({ length: 10_000 }, (_, i) => anEvent(1, { instance_number: i }));
  folder.fold(many, 1_000);
  // The first is forgotten, so it is told again; the last is not.
  const first = Array.from({ length: 4 }, () => anEvent(2, { instance_number: 0 }));
  const last = Array.from({ length: 4 }, () => anEvent(2, { instance_number: 9_999 }));
  expect(folder.fold(first, 2_000).added).toHaveLength(3);
  expect(folder.fold(last, 2_000).added).toHaveLength(2);
});
