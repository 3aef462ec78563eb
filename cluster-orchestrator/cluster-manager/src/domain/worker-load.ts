import { Allocatable, type InformationReport } from "@oak/contracts";

/** What a heartbeat says about the machine, without the numbers of the protocol. */
export type LoadFields = Record<string, unknown>;

const notLoad: ReadonlySet<string> = new Set([
  ...["session", "seq", "want_rev", "digest", "interval_ms", "proto", "token"],
  ...["_id", "id", "host", "name", "port", "node_id", "machine_id", "boot_id", "candidate_name"],
  // What the cluster decides about a worker.
  ...["rev", "holds", "liveness", "schedulable", "active", "last_modified_timestamp", "joined_at"],
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

/**
 * What a change of the figures means to others, from the least on. `slight`: the usual wavering of a machine;
 * `real`: ranks it differently; `urgent`: decides what fits or suits.
 */
const GRADES = ["none", "slight", "real", "urgent"] as const;
export type LoadGrade = (typeof GRADES)[number];

/** Percentages count from here; other numbers by their share. */
const REAL_PERCENT = 10;
const REAL_SHARE = 0.1;

/** A scheduler refuses by these. */
const deciding: ReadonlySet<string> = new Set([
  ...["vcpus", "vgpus", "architecture", "virtualization", "supported_addons", "csi_drivers"],
  "gpu_drivers",
]);

/** The fields that differ from `written`, and what the weightiest of them means. */
export function changedLoad(
  written: LoadFields,
  latest: LoadFields,
): { fields: LoadFields; grade: LoadGrade } {
  const changed = Object.entries(latest).filter(([key, value]) => !isSame(written[key], value));
  const ranks = changed.map(([key, value]) => GRADES.indexOf(gradeOf(key, written[key], value)));
  return {
    fields: Object.fromEntries(changed),
    grade: GRADES[Math.max(0, ...ranks)] ?? "none",
  };
}

/** Of two values that differ. */
function gradeOf(key: string, before: unknown, after: unknown): LoadGrade {
  if (deciding.has(key)) return "urgent";
  if (key === "allocatable") return isOnlyDisk(before, after) ? "slight" : "urgent";
  return isRealChange(key, before, after) ? "real" : "slight";
}

/** Free disk wavers as load does. */
function isOnlyDisk(before: unknown, after: unknown): boolean {
  const [from, to] = [Allocatable.safeParse(before), Allocatable.safeParse(after)];
  if (!from.success || !to.success) return false;
  const sameDisk = { ...from.data, storage: to.data.storage };
  return isSame(sameDisk, to.data) && !isRealChange("storage", from.data.storage, to.data.storage);
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
