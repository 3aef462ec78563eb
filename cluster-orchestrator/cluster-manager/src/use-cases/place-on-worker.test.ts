import type { HoldRequest, Instance, PlacementRequest } from "@oak/contracts";
import { createWantLedger } from "@oak/tier";
import { expect, test } from "vitest";
import { anInstance, workerA, workerB } from "../../test/instance-builders.ts";
import { DEFAULT_PLACER_SETTINGS } from "../domain/settings.ts";
import type { AssignmentDeps, Worker } from "../ports.ts";
import { adopt, place } from "./place-on-worker.ts";

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function aCluster(workers: Partial<Worker>[] = []) {
  const asked: HoldRequest[] = [];
  const excluded: string[] = [];
  const written: Instance[] = [];
  const deps = {
    log,
    specs: { get: async () => ({ _id: "5", vcpus: 1, memory: 100 }) },
    tier: { current: () => ({ incarnation: "present-one", base: 0 }) },
    roster: { all: () => workers },
    ledger: createWantLedger(),
    clock: { nowMs: () => 200_000, monotonicMs: () => 0 },
    settings: DEFAULT_PLACER_SETTINGS,
    random: () => 0.5,
    holds: {
      hold: async (_child: string, _key: string, request: HoldRequest) => {
        asked.push(request);
        return { ok: true, want_rev: 8, rev: 1 };
      },
    },
    scheduler: {
      propose: async ({ exclude }: PlacementRequest) => {
        excluded.push(...exclude);
        return { attempt_id: "1", candidate_id: workerA, score: 1 };
      },
    },
    book: {
      write: async (_before: Instance, after: Instance) => {
        written.push(after);
        return true;
      },
      whenCertain: (_key: string, run: () => void) => run(),
    },
  };
  return { deps: deps as unknown as AssignmentDeps, asked, excluded, written };
}

test("a copy that runs is adopted with the room that it takes, whatever else is held there", async () => {
  const { deps, asked, written } = aCluster();
  await adopt(deps, anInstance(), workerB, { epoch: 1, placement: 9 });
  expect(asked).toMatchObject([{ epoch: 1, placement: 10, is_there: true }]);
  expect(written).toMatchObject([{ phase: "assigned", child: workerB, placement: 10 }]);
});

test("what is placed anew needs room", async () => {
  const { deps, asked } = aCluster();
  await place(deps, anInstance());
  expect(asked.map(({ is_there }) => is_there)).toEqual([undefined]);
});

test("nothing is placed on a worker that is back and has not told what it runs", async () => {
  const { deps, excluded } = aCluster([
    { id: workerA, liveness: "alive", hasReported: true },
    { id: workerB, liveness: "alive", hasReported: false },
    { id: "c".repeat(24), liveness: "lost", hasReported: false },
  ]);
  await place(deps, anInstance());
  expect(excluded).toEqual([workerB]);
});
