import type { Instance } from "@oak/contracts";
import type { Reason } from "@oak/core";
import { expect, test } from "vitest";
import { DEFAULT_PLACER_SETTINGS as settings } from "../domain/settings.ts";
import type { AssignmentDeps } from "../ports.ts";
import { clear } from "./end-copy.ts";

const nowS = 1_000;
const full: Partial<Instance> = { child: "full", epoch: 1, placement: 1, excluded: [], seen: null };

/** What is stored of an instance whose copy has ended for this reason, and is wanted elsewhere. */
async function afterwards(reason: Reason): Promise<Instance | undefined> {
  const stored: Instance[] = [];
  const stubs = {
    book: { write: async (_: Instance, after: Instance) => stored.push(after) > 0 },
    holds: { drop: async () => undefined },
    clock: { nowMs: () => nowS * 1_000 },
    settings,
  };
  const step = { do: "clear", outcome: "unplaced", reason, exclude: true } as const;
  await clear(stubs as unknown as AssignmentDeps, { ...full, reason } as Instance, step);
  return stored[0];
}

test("after a failure there is a pause, and the worker is skipped for long", async () => {
  expect(await afterwards("workload_failed")).toMatchObject({
    attempts: 0,
    retry_at: nowS + settings.retryBaseS,
    excluded: [{ child: "full", until: nowS + settings.excludeS }],
  });
});

test("a worker that was full is skipped for a moment, and another one is looked for at once", async () => {
  expect(await afterwards("worker_full")).toMatchObject({
    attempts: 0,
    retry_at: 0,
    excluded: [{ child: "full", until: nowS + settings.fullS }],
  });
});
