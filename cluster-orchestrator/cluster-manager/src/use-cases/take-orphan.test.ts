import type { DeleteCommand, HeldCopy, HoldRequest } from "@oak/contracts";
import { createWantLedger, type HoldAnswer } from "@oak/tier";
import { expect, test } from "vitest";
import type { Worker } from "../ports.ts";
import {
  dropOrphan,
  endOrphan,
  forgetOrphansOf,
  isRoomOfOrphan,
  type Orphan,
  takeOrphan,
} from "./take-orphan.ts";

const worker = { id: "a".repeat(24) } as Worker;
const key = `${"5".repeat(24)}/0`;
const need = { vcpus: 2, memory: 100, vgpus: 0, host_ports: [] };

const copy: HeldCopy = {
  ...{ job_id: "5".repeat(24), instance_number: 0, job_name: "app.test.web.test" },
  ...{ epoch: 1, placement: 5, spec_rev: 1, want_rev: 3, incarnation: "another-one" },
  ...{ status: "RUNNING" as const, status_detail: "", wanted: true, need },
};

function aCluster(answer: HoldAnswer = { ok: true, want_rev: 8, rev: 1 }) {
  const asked: HoldRequest[] = [];
  const dropped: unknown[] = [];
  const removed: DeleteCommand[] = [];
  const orphans = new Map<string, Orphan>();
  const ledger = createWantLedger();
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const deps = {
    ...{ orphans, ledger, log },
    holds: {
      hold: async (_child: string, _key: string, request: HoldRequest) => {
        asked.push(request);
        return answer;
      },
      drop: async (...what: unknown[]) => void dropped.push(what),
      countWant: async () => 0,
    },
    link: { remove: (_id: string, command: DeleteCommand) => void removed.push(command) },
    tier: { current: () => ({ incarnation: "present-one", base: 0 }) },
    stops: { isDue: () => true },
  };
  return {
    deps: deps as unknown as Parameters<typeof endOrphan>[0] & typeof deps,
    orphans,
    ledger,
    asked,
    dropped,
    removed,
  };
}

test("what nobody here wants holds the room that it takes, whatever else is held", async () => {
  const { deps, orphans, asked, ledger } = aCluster();
  await takeOrphan(deps, worker, copy);
  expect(asked).toEqual([{ need, epoch: 1, placement: 5, is_there: true }]);
  expect(isRoomOfOrphan(orphans, worker.id, key)).toBe(true);
  expect(ledger.settled(worker.id)).toBe(8);
});

test("it is asked for once, and again under another pair", async () => {
  const { deps, asked } = aCluster();
  await takeOrphan(deps, worker, copy);
  await takeOrphan(deps, worker, copy);
  expect(asked).toHaveLength(1);
  await takeOrphan(deps, worker, { ...copy, placement: 6 });
  expect(asked).toHaveLength(2);
});

test.each(["unknown", "not_schedulable"])(
  "without its room (%s) it is not listed yet",
  async (reason) => {
    const { deps, orphans } = aCluster({ ok: false, reason });
    await expect(takeOrphan(deps, worker, copy)).rejects.toThrow("no hold");
    expect(orphans.size).toBe(0);
  },
);

test("where a hold of a higher pair is stored the room is taken already", async () => {
  const { deps, orphans } = aCluster({ ok: false, reason: "stale" });
  await takeOrphan(deps, worker, copy);
  expect(orphans.size).toBe(1);
});

test("a copy of which an older worker does not say what it takes is listed without room", async () => {
  const { deps, orphans, asked } = aCluster();
  const { need: _need, ...older } = copy;
  await takeOrphan(deps, worker, older);
  expect(asked).toEqual([]);
  expect(orphans.size).toBe(1);
  expect(isRoomOfOrphan(orphans, worker.id, key)).toBe(false);
});

test.each(["COMPLETED", "FAILED"] as const)(
  "once it is %s its room is free, and it is listed",
  async (status) => {
    const { deps, orphans, dropped } = aCluster();
    await takeOrphan(deps, worker, copy);
    await takeOrphan(deps, worker, { ...copy, status });
    expect(dropped).toEqual([[worker.id, key, { epoch: 1, placement: 5 }]]);
    expect(orphans.size).toBe(1);
  },
);

test("one that is gone is not listed any more, and leaves its room", async () => {
  const { deps, orphans, dropped } = aCluster();
  await takeOrphan(deps, worker, copy);
  await takeOrphan(deps, worker, { ...copy, status: "UNDEPLOYED" });
  expect(orphans.size).toBe(0);
  expect(dropped).toHaveLength(1);
  await dropOrphan(deps, worker.id, key);
  expect(dropped).toHaveLength(1);
});

test("a person has it ended: it is named under its own pair, and stays listed until it is gone", async () => {
  const { deps, orphans, removed } = aCluster();
  expect(endOrphan(deps, worker.id, key)).toBe(false);
  await takeOrphan(deps, worker, copy);
  expect(endOrphan(deps, worker.id, key)).toBe(true);
  expect(removed).toMatchObject([
    { job_id: copy.job_id, assignment: { incarnation: "present-one", epoch: 1, placement: 5 } },
  ]);
  expect(orphans.size).toBe(1);
});

test("with its worker what it ran is taken off the list", async () => {
  const { deps, orphans } = aCluster();
  await takeOrphan(deps, worker, copy);
  forgetOrphansOf(orphans, "b".repeat(24));
  expect(orphans.size).toBe(1);
  forgetOrphansOf(orphans, worker.id);
  expect(orphans.size).toBe(0);
});
