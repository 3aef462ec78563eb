import type { Hold, Instance, InstanceKey, JobSpec, Observation } from "@oak/contracts";
import { comparePairs, isNewerReport } from "@oak/core";
import type { AssignmentStore, HoldStore } from "../src/index.ts";

export const jobId = "5e0000000000000000000000";
export const keyOf = (number: number): InstanceKey => `${jobId}/${number}`;
export const workerA = "a00000000000000000000000";
export const workerB = "b00000000000000000000000";

/** An instance that waits for a place. */
export function anInstance(over: Partial<Instance> = {}): Instance {
  return {
    _id: keyOf(0),
    job_id: jobId,
    instance_number: 0,
    rev: 0,
    phase: "unplaced",
    child: null,
    epoch: 1,
    placement: 0,
    spec_rev: 1,
    want_rev: 0,
    need: { vcpus: 1, memory: 100, vgpus: 0, host_ports: [] },
    intent: null,
    fenced: [],
    excluded: [],
    status: "REQUESTED",
    status_detail: "",
    reason: "waiting",
    attempts: 0,
    retry_at: 0,
    phase_since: 0,
    seen: null,
    cpu_history: [],
    memory_history: [],
    ...over,
  };
}

export function anObservation(over: Partial<Observation> = {}): Observation {
  return {
    status: "RUNNING",
    status_detail: "",
    session: 1,
    seq: 1,
    epoch: 1,
    placement: 1,
    at: 0,
    released: false,
    ...over,
  };
}

export const aJob: JobSpec = {
  _id: jobId,
  job_name: "app.test.web.test",
  image: "image",
  virtualization: "docker",
  vcpus: 1,
  memory: 100,
};

/** What the next change of a store comes to. */
export type Mishap = "refused" | "unanswered";

export interface MemoryStore extends AssignmentStore {
  documents: Map<InstanceKey, Instance>;
  /** used up by the following changes, one each; undefined lets one pass */
  mishaps: (Mishap | undefined)[];
}

/** The resource abstractor's rules for instances, in memory. */
export function createMemoryStore(): MemoryStore {
  const documents = new Map<InstanceKey, Instance>();
  const mishaps: MemoryStore["mishaps"] = [];
  const change = async <T>(apply: () => T): Promise<T> => {
    const mishap = mishaps.shift();
    if (mishap === "refused") throw new Error("the store is away");
    const result = apply();
    if (mishap === "unanswered") throw new Error("no answer");
    return result;
  };
  return {
    documents,
    mishaps,
    list: async () => [...documents.values()],
    get: async (key) => documents.get(key),
    write: ({ if_version, ...assignment }) =>
      change(() => {
        const stored = documents.get(assignment._id);
        if ((stored?.rev ?? 0) !== if_version) return "conflict" as const;
        const seen = stored?.seen ?? null;
        const written = { ...anInstance(), ...assignment, seen, rev: if_version + 1 };
        documents.set(written._id, written);
        return "written" as const;
      }),
    observe: (key, seen) =>
      change(() => {
        const stored = documents.get(key);
        if (stored === undefined || !isNewerReport(stored.seen, seen)) return false;
        documents.set(key, { ...stored, seen });
        return true;
      }),
    remove: (key, rev) =>
      change(() => {
        const stored = documents.get(key);
        if (stored !== undefined && stored.rev !== rev) return "conflict" as const;
        documents.delete(key);
        return "removed" as const;
      }),
  };
}

export interface MemoryHolds extends HoldStore {
  /** `<child> <key>` → hold */
  held: Map<string, Pick<Hold, "epoch" | "placement">>;
  wantRev: number;
  /** why the next hold is refused */
  refusal: string | undefined;
}

/** One counter for all children is enough here. */
export function createMemoryHolds(): MemoryHolds {
  const holds: MemoryHolds = {
    held: new Map(),
    wantRev: 0,
    refusal: undefined,
    hold: async (child, key, { epoch, placement }) => {
      if (holds.refusal !== undefined) return { ok: false, reason: holds.refusal };
      holds.held.set(`${child} ${key}`, { epoch, placement });
      holds.wantRev += 1;
      return { ok: true, want_rev: holds.wantRev, rev: holds.wantRev };
    },
    drop: async (child, key, pair) => {
      const held = holds.held.get(`${child} ${key}`);
      if (held !== undefined && comparePairs(held, pair) <= 0) holds.held.delete(`${child} ${key}`);
    },
    countWant: async () => {
      holds.wantRev += 1;
      return holds.wantRev;
    },
  };
  return holds;
}
