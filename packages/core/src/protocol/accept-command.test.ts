import fc from "fast-check";
import { expect, test } from "vitest";
import { acceptDelete, acceptDeploy, type CommandVerdict, type Held } from "./accept-command.ts";
import { comparePairs } from "./pair.ts";

const known = { incarnation: "ours", cursor: 10 };

function aCommand(over: Partial<Parameters<typeof acceptDeploy>[1]> = {}) {
  return { incarnation: "ours", epoch: 1, placement: 5, want_rev: 11, ...over };
}

function aHeld(over: Partial<Held> = {}): Held {
  return { incarnation: "ours", epoch: 1, placement: 5, wanted: true, ...over };
}

type Case = [title: string, held: Held | undefined, command: object, verdict: CommandVerdict];

test.each<Case>([
  ["nothing is held and it is new", undefined, {}, "apply"],
  [
    "nothing is held and the cursor has passed it: it was deleted",
    undefined,
    { want_rev: 10 },
    "stale",
  ],
  ["a higher pair", aHeld(), { placement: 6 }, "apply"],
  ["a higher epoch with a lower placement", aHeld(), { epoch: 2, placement: 0 }, "apply"],
  ["a higher pair than a deleted one", aHeld({ wanted: false }), { placement: 6 }, "apply"],
  ["the same pair again", aHeld(), {}, "repeat"],
  ["the same pair after its deletion", aHeld({ wanted: false }), {}, "repeat"],
  ["a lower pair", aHeld(), { placement: 4 }, "stale"],
  ["another incarnation", undefined, { incarnation: "theirs" }, "foreign"],
  ["the same pair under the new name of the parent", aHeld({ incarnation: "old" }), {}, "apply"],
])("a deploy: %s", (_title, held, command, verdict) => {
  expect(acceptDeploy(held, aCommand(command), known)).toBe(verdict);
});

test.each<Case>([
  ["nothing is held: remembered, since a deploy may be on its way", undefined, {}, "apply"],
  ["nothing is held and the cursor has passed it", undefined, { want_rev: 10 }, "repeat"],
  ["the pair that runs", aHeld(), {}, "apply"],
  ["a pair above the one that runs", aHeld(), { placement: 6 }, "apply"],
  ["a pair below the one that runs: that one goes on", aHeld(), { placement: 4 }, "stale"],
  ["what is deleted already", aHeld({ wanted: false }), {}, "repeat"],
  ["a higher pair than the deleted one", aHeld({ wanted: false }), { placement: 6 }, "apply"],
  ["another incarnation: nothing stops", aHeld(), { incarnation: "theirs" }, "foreign"],
])("a delete: %s", (_title, held, command, verdict) => {
  expect(acceptDelete(held, aCommand(command), known)).toBe(verdict);
});

test("a deploy inside a sync of now is taken although the cursor has passed its number", () => {
  expect(acceptDeploy(undefined, aCommand({ want_rev: 3 }), known, true)).toBe("apply");
});

const numbers = fc.record({
  kind: fc.constantFrom("deploy", "delete"),
  epoch: fc.nat(2),
  placement: fc.nat(3),
  want_rev: fc.integer({ min: 11, max: 20 }),
  incarnation: fc.constantFrom("ours", "ours", "theirs"),
});

test("whatever comes in whatever order, the pair that is held never falls", () => {
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 30 }), (commands) => {
      let held: Held | undefined;
      for (const { kind, ...command } of commands) {
        const accept = kind === "deploy" ? acceptDeploy : acceptDelete;
        if (accept(held, command, known) !== "apply") continue;
        if (held !== undefined) expect(comparePairs(command, held)).toBeGreaterThanOrEqual(0);
        held = { ...command, wanted: kind === "deploy" };
      }
    }),
  );
});

test("a copy ends by a delete of its own pair or a higher one, from the known parent, only", () => {
  fc.assert(
    fc.property(numbers, numbers, (first, second) => {
      const held = { ...first, wanted: true };
      if (acceptDelete(held, second, known) !== "apply") return;
      expect(comparePairs(second, held)).toBeGreaterThanOrEqual(0);
      expect(second.incarnation).toBe(known.incarnation);
    }),
  );
});
