import fc from "fast-check";
import { expect, test } from "vitest";
import { advanceCursor, EMPTY_CURSOR, jumpCursor, type WantCursor } from "./want-cursor.ts";

const take = (state: WantCursor, changes: readonly number[]): WantCursor =>
  changes.reduce(advanceCursor, state);

test("changes in order move the cursor one by one", () => {
  expect(take(EMPTY_CURSOR, [1, 2, 3])).toEqual({ cursor: 3, ahead: [] });
});

test("behind a gap the cursor waits, and goes on when the gap is filled", () => {
  const waiting = take(EMPTY_CURSOR, [1, 3, 4]);
  expect(waiting).toEqual({ cursor: 1, ahead: [3, 4] });
  expect(advanceCursor(waiting, 2)).toEqual({ cursor: 4, ahead: [] });
});

test("what the cursor has passed changes nothing, and neither does a repetition", () => {
  const state = take(EMPTY_CURSOR, [1, 2, 4]);
  for (const again of [1, 2, 4]) expect(advanceCursor(state, again)).toBe(state);
});

test("a sync covers the gaps below it, and what was ahead of it counts on", () => {
  expect(jumpCursor({ cursor: 1, ahead: [3, 8, 9] }, 7)).toEqual({ cursor: 9, ahead: [] });
});

test("an older sync changes nothing", () => {
  const state = { cursor: 5, ahead: [7] };
  expect(jumpCursor(state, 4)).toBe(state);
});

/** Changes as they arrive: some lost, some twice, in any order. */
const arrivals = fc
  .uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 30 })
  .chain((kept) =>
    fc.tuple(fc.shuffledSubarray([...kept, ...kept], { minLength: 0 }), fc.constant(kept)),
  );

function contiguousPrefix(changes: ReadonlySet<number>): number {
  let cursor = 0;
  while (changes.has(cursor + 1)) cursor += 1;
  return cursor;
}

test("in any order, with any loss and repetition, the cursor is the end of the contiguous prefix", () => {
  fc.assert(
    fc.property(arrivals, ([changes]) => {
      const arrived = new Set(changes);
      const cursor = contiguousPrefix(arrived);
      const ahead = [...arrived].filter((change) => change > cursor).sort((a, b) => a - b);
      expect(take(EMPTY_CURSOR, changes)).toEqual({ cursor, ahead });
    }),
  );
});

test("a sync at any moment leaves the same cursor as all changes up to it would", () => {
  fc.assert(
    fc.property(arrivals, fc.nat(30), fc.nat(60), ([changes], syncedTo, moment) => {
      const before = changes.slice(0, moment);
      const after = changes.slice(moment);
      const withSync = take(jumpCursor(take(EMPTY_CURSOR, before), syncedTo), after);
      const all = Array.from({ length: syncedTo }, (_, index) => index + 1);
      expect(withSync).toEqual(take(EMPTY_CURSOR, [...all, ...changes]));
    }),
  );
});

test("what is remembered ahead of a gap is bounded, from the near end", () => {
  const many = Array.from({ length: 1500 }, (_, index) => index + 2);
  const { cursor, ahead } = take(EMPTY_CURSOR, many);
  expect(cursor).toBe(0);
  expect(ahead.length).toBe(1024);
  expect(ahead[0]).toBe(2);
});
