import type { InformationReport } from "@oak/contracts";

/** What a heartbeat says about the machine, without the numbers of the protocol. */
export type LoadFields = Record<string, unknown>;

const notLoad: ReadonlySet<string> = new Set([
  ...["session", "seq", "want_rev", "digest", "interval_ms", "proto", "token"],
  ...["_id", "id", "host", "name", "port", "node_id", "machine_id", "boot_id", "candidate_name"],
  // What the cluster decides about a worker.
  ...["rev", "holds", "liveness", "schedulable", "active", "last_modified_timestamp"],
  ...["cpu_history", "memory_history", "free_shapes", "active_nodes", "candidate_location"],
  ...["aggregation_per_architecture", "child_incarnation", "identity_key", "__proto__"],
]);

/** upstream: each heartbeat repeats the whole structure, where what does not change is empty or zero. */
const staticOfOlder: ReadonlySet<string> = new Set([
  ...["architecture", "system_info", "vcpus", "vgpus", "virtualization", "supported_addons"],
  ...["csi_drivers", "Overlay", "OverlaySocket", "LogDirectory", "NetManagerPort"],
  ...["ClusterAddress", "gpu_driver", "allocatable"],
]);

/** The fields of a heartbeat that describe the load, as far as they say anything. */
export function loadOf(report: InformationReport, isLegacy: boolean): LoadFields {
  return Object.fromEntries(
    Object.entries(report).filter(
      ([key, value]) =>
        value !== null &&
        value !== "" &&
        !notLoad.has(key) &&
        !(isLegacy && staticOfOlder.has(key)) &&
        !isUnsafeKey(key),
    ),
  );
}

/** A database would take these for operators or paths. */
function isUnsafeKey(key: string): boolean {
  return key === "" || key.startsWith("$") || key.includes(".") || key.includes("\0");
}

/** Percentages count from here; other numbers by their share. */
const REAL_PERCENT = 10;
const REAL_SHARE = 0.1;

/** The fields that differ from `written`; `isReal`: by more than the usual wavering of a machine. */
export function changedLoad(
  written: LoadFields,
  latest: LoadFields,
): { fields: LoadFields; isReal: boolean } {
  const changed = Object.entries(latest).filter(([key, value]) => !isSame(written[key], value));
  return {
    fields: Object.fromEntries(changed),
    isReal: changed.some(([key, value]) => isRealChange(key, written[key], value)),
  };
}

function isRealChange(key: string, before: unknown, after: unknown): boolean {
  if (typeof before !== "number" || typeof after !== "number") return true;
  const distance = Math.abs(after - before);
  return /_percent$/.test(key)
    ? distance >= REAL_PERCENT
    : distance >= Math.abs(before) * REAL_SHARE;
}

export function isSame(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}
