import type { DeleteCommand, HeldCopy, Instance, InventoryReport } from "@oak/contracts";
import { createWantLedger } from "@oak/tier";
import { expect, test } from "vitest";
import { anInstance, anIntent, unwanted, workerA } from "../../test/instance-builders.ts";
import type { Evidence } from "../domain/evidence.ts";
import type { Worker } from "../ports.ts";
import type { Orphan } from "./take-orphan.ts";
import { type IntakeDeps, takeInventory } from "./take-worker-report.ts";

const worker = { id: workerA, session: 1 } as Worker;
const closed = { phase: "closed" as const, epoch: 0, placement: 0 };

function aCluster(instance: Instance, isLearning = false) {
  const removed: DeleteCommand[] = [];
  const kicks: Evidence[] = [];
  const held: string[] = [];
  const ledger = { ...createWantLedger(), counted: () => 9, settled: () => 9 };
  const deps = {
    orphans: new Map<string, Orphan>(),
    holds: {
      hold: async (_child: string, key: string) => {
        held.push(key);
        return { ok: true, want_rev: 8, rev: 1 };
      },
      drop: async (_child: string, key: string) => void held.splice(held.indexOf(key), 1),
    },
    book: { get: () => instance, of: () => (instance.child === workerA ? [instance] : []) },
    tier: { current: () => ({ incarnation: "present-one", base: 0 }) },
    ledger,
    link: { remove: (_id: string, command: DeleteCommand) => void removed.push(command) },
    stops: { isDue: () => true },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    isLearning: () => isLearning,
    kick: (_key: string, fact?: Evidence) => void (fact && kicks.push(fact)),
    onParentIsOld: () => undefined,
  };
  return { deps: deps as unknown as IntakeDeps, removed, kicks, held };
}

function anInventory(epoch?: number, status: HeldCopy["status"] = "RUNNING"): InventoryReport {
  const copy = {
    ...{ job_id: "5e0000000000000000000000", instance_number: 0, job_name: "", spec_rev: 1 },
    ...{ placement: 1, want_rev: 2, incarnation: "another-one", wanted: true },
    ...{ status, status_detail: "" },
    need: { vcpus: 1, memory: 100, vgpus: 0, host_ports: [] },
  };
  const held = epoch === undefined ? [] : [{ ...copy, epoch }];
  return { session: 1, seq: 3, want_rev: 2, digest: "0".repeat(16), held };
}

test("a copy that comes to light after its deletion ends, under its own pair, and has its room until then", async () => {
  const instance = anInstance({ ...closed, intent: unwanted });
  const { deps, removed, held } = aCluster(instance);
  await takeInventory(deps, worker, anInventory(1));
  expect(removed).toMatchObject([{ assignment: { epoch: 1, placement: 1 } }]);
  expect(held).toEqual([instance._id]);
  expect([...deps.orphans.values()]).toMatchObject([{ wanted: false }]);
  await takeInventory(deps, worker, anInventory(1, "UNDEPLOYED"));
  expect(held).toEqual([]);
  expect(deps.orphans.size).toBe(0);
});

test.each([
  ["of an epoch that the root has not named", unwanted, 2],
  ["of an instance that was handed back", anIntent(), 1],
])("one %s goes on", async (_what, intent, epoch) => {
  const { deps, removed, kicks } = aCluster(anInstance({ ...closed, intent }));
  await takeInventory(deps, worker, anInventory(epoch));
  expect(removed).toEqual([]);
  expect(kicks).toMatchObject([{ kind: "higher", epoch, placement: 1 }]);
});

test("of two copies under one pair the one that is not assigned has its room too, until it is gone", async () => {
  const instance = anInstance({ phase: "assigned", child: "b".repeat(24), epoch: 1, placement: 1 });
  const { deps, kicks, removed, held } = aCluster(instance);
  await takeInventory(deps, worker, anInventory(1));
  expect(held).toEqual([instance._id]);
  expect(kicks).toMatchObject([{ kind: "higher", child: workerA }]);
  expect(removed).toEqual([]);
  await takeInventory(deps, worker, anInventory(1, "UNDEPLOYED"));
  expect(held).toEqual([]);
});

test.each([true, false])(
  "an absence says whether it was told while learning: %j",
  async (inDoubt) => {
    const { deps, kicks } = aCluster(anInstance({ phase: "assigned", child: workerA }), inDoubt);
    await takeInventory(deps, worker, anInventory());
    expect(kicks).toEqual([{ kind: "absent", child: workerA, want_rev: 2, inDoubt }]);
  },
);
