import type { Instance, WantedChange } from "@oak/contracts";
import { expect, test } from "vitest";
import { anInstance, anIntent } from "../../test/instance-builders.ts";
import { acceptRootIntent } from "./accept-root-intent.ts";

/** An instance that has ended, and a root that has taken a new name since. */
async function accept(change: Partial<WantedChange>) {
  const completed = anInstance({ phase: "closed", reason: "completed", intent: anIntent() });
  const written: Instance[] = [];
  const deps = {
    book: {
      get: () => completed,
      write: async (_: unknown, after: Instance) => written.push(after),
    },
    specs: { put: async () => undefined },
    clock: { nowMs: () => 0 },
  };
  const { job_id, instance_number, intent } = completed;
  const wanted = { job_id, instance_number, wanted: true, job: { _id: job_id } };
  await acceptRootIntent(
    deps as never,
    { epoch: intent?.epoch, spec_rev: 1, want_rev: 4, ...wanted, ...change } as WantedChange,
    { incarnation: "new", cursor: 0, placeNotBeforeS: 0 },
    { incarnation: "new", inSync: true },
  );
  return written.at(-1);
}

test("what has ended is not begun anew for a root that only has a new name", async () => {
  expect(await accept({})).toMatchObject({ phase: "closed", intent: { incarnation: "new" } });
});

test("a higher epoch begins it anew", async () => {
  expect(await accept({ epoch: 9 })).toMatchObject({ phase: "unplaced" });
});
