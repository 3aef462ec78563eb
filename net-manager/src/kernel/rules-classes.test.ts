import fc from "fast-check";
import { expect, test } from "vitest";
import { createClasses, targetsOf } from "./rules-classes.ts";
import { classMark, GROUPS, SHARED_GROUP } from "./rules-text-classes.ts";

test("services with as many targets have a counter each, and beyond that share one chain", () => {
  const classes = createClasses([3]);
  const marks = Array.from({ length: 40 }, (_, at) => classes.assign(String(at), 3)?.mark);
  expect(new Set(marks.slice(0, SHARED_GROUP)).size).toBe(SHARED_GROUP);
  expect(new Set(marks.slice(SHARED_GROUP))).toEqual(new Set([classMark(3, SHARED_GROUP)]));
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
