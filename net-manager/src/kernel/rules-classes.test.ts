import fc from "fast-check";
import { expect, test } from "vitest";
import { createClasses, targetsOf } from "./rules-classes.ts";
import { GROUPS } from "./rules-text-classes.ts";

test("sixteen services with as many targets have a counter each", () => {
  const classes = createClasses([3]);
  const marks = Array.from({ length: GROUPS }, (_, at) => classes.assign(String(at), 3)?.mark);
  expect(new Set(marks).size).toBe(GROUPS);
});

test("counters are shared evenly beyond that", () => {
  const classes = createClasses([3]);
  const uses = new Map<number | undefined, number>();
  for (let at = 0; at < 3 * GROUPS; at += 1) {
    const mark = classes.assign(String(at), 3)?.mark;
    uses.set(mark, (uses.get(mark) ?? 0) + 1);
  }
  expect([...uses.values()]).toEqual(Array.from({ length: GROUPS }, () => 3));
});

test("a counter that was given back is taken again", () => {
  const classes = createClasses([2]);
  const marks = Array.from({ length: GROUPS }, (_, at) => classes.assign(String(at), 2)?.mark);
  classes.release("7");
  expect(classes.assign("new", 2)?.mark).toBe(marks[7]);
});

test("an adopted address keeps its counter", () => {
  const classes = createClasses([2]);
  classes.assign("other", 2);
  classes.adopt("address", 2 * GROUPS + 9);
  expect(classes.assign("address", 2)?.mark).toBe(2 * GROUPS + 9);
});

test("missing chains are made up for by the largest class below", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 2, max: 40 }), { minLength: 1 }),
      fc.integer({ min: 2, max: 40 }),
      (ready, wished) => {
        const below = ready.filter((targets) => targets <= wished);
        const assigned = createClasses(ready).assign("address", wished);
        expect(assigned?.targets).toBe(below.length === 0 ? undefined : Math.max(...below));
        if (assigned !== undefined) expect(targetsOf(assigned.mark)).toBe(assigned.targets);
      },
    ),
  );
});
