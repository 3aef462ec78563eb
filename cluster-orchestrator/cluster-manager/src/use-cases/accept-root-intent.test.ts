import type { Instance, WantedChange } from "@oak/contracts";
import { expect, test } from "vitest";
import { anInstance, anIntent } from "../../test/instance-builders.ts";
import { acceptRootIntent } from "./accept-root-intent.ts";

const completed = anInstance({ phase: "closed", reason: "completed", intent: anIntent() });

/** An instance that has ended, and a root that has taken a new name since. */
async function accept(
  change: Partial<WantedChange>,
  { before = completed as Instance | null, incarnation = "new", inSync = true, cursor = 0 } = {},
) {
  const written: Instance[] = [];
  const deps = {
    book: {
      get: () => before ?? undefined,
      write: async (_: unknown, after: Instance) => written.push(after),
    },
    specs: { put: async () => undefined, get: async () => ({}) },
    storeFirst: async (first: Instance) => written.push(first) > 0,
    clock: { nowMs: () => 0 },
  };
  const { job_id, instance_number, intent } = completed;
  const wanted = { job_id, instance_number, wanted: true, job: { _id: job_id } };
  await acceptRootIntent(
    deps as never,
    { epoch: intent?.epoch, spec_rev: 1, want_rev: 4, ...wanted, ...change } as WantedChange,
    { incarnation, cursor, placeNotBeforeS: 0 },
    { incarnation, inSync },
  );
  return written.at(-1);
}

test("what has ended is not begun anew for a root that only has a new name", async () => {
  expect(await accept({})).toMatchObject({ phase: "closed", intent: { incarnation: "new" } });
});

test("a higher epoch begins it anew", async () => {
  expect(await accept({ epoch: 9 })).toMatchObject({ phase: "unplaced" });
});

const move = { id: 2, node: null, drain_s: 30 };
const running = anInstance({ phase: "assigned", intent: anIntent({ move: { ...move, id: 1 } }) });
const known = { before: running, incarnation: "root", inSync: false, cursor: 9 };

test("a wish to move comes with the same epoch", async () => {
  expect(await accept({ want_rev: 9, move }, known)).toMatchObject({ intent: { move } });
});

test("one that was answered comes again for nothing", async () => {
  expect(await accept({ want_rev: 9, move: { ...move, id: 1 } }, known)).toBeUndefined();
  const moved = { ...running, move: { id: 2, child: null } } as Instance;
  expect(await accept({ want_rev: 9, move }, { ...known, before: moved })).toBeUndefined();
});

test("a late wish to move does not bring back what is over and forgotten", async () => {
  const late = { want_rev: 12, placed_rev: 4, move };
  expect(await accept(late, { ...known, before: null })).toBeUndefined();
  const fresh = { want_rev: 12, placed_rev: 10, move };
  expect(await accept(fresh, { ...known, before: null })).toMatchObject({ intent: { move } });
});
