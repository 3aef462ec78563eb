import type { Instance, InstanceKey, Observation } from "@oak/contracts";
import { isNewerReport } from "@oak/core";
import { type AssignmentStore, createInstanceBook, type InstanceBook } from "@oak/tier";

/** Instances as the resource abstractor keeps them, in memory. */
export function createMemoryStore(): AssignmentStore & { stored: Map<InstanceKey, Instance> } {
  const stored = new Map<InstanceKey, Instance>();
  return {
    stored,
    list: async () => [...stored.values()],
    get: async (key) => stored.get(key),
    write: async ({ if_version, ...assignment }) => {
      const before = stored.get(assignment._id);
      if ((before?.rev ?? 0) !== if_version) return "conflict";
      const seen = before?.seen ?? null;
      const rev = if_version + 1;
      const after = { ...assignment, seen, rev, cpu_history: [], memory_history: [] };
      stored.set(after._id, after);
      return "written";
    },
    observe: async (key, seen) => {
      const before = stored.get(key);
      if (before === undefined || !isNewerReport(before.seen, seen)) return false;
      stored.set(key, { ...before, seen });
      return true;
    },
    remove: async (key) => {
      stored.delete(key);
      return "removed";
    },
  };
}

export const jobId = "5e".padEnd(24, "0");
export const workerId = "aa".padEnd(24, "0");

/** An instance that is assigned to a worker. */
export function anInstance(changes: Partial<Instance> = {}): Instance {
  const job_id = changes.job_id ?? jobId;
  const instance_number = changes.instance_number ?? 0;
  return {
    _id: `${job_id}/${instance_number}`,
    job_id,
    instance_number,
    rev: 0,
    phase: "assigned",
    child: workerId,
    epoch: 1,
    placement: 1,
    spec_rev: 1,
    want_rev: 1,
    need: { vcpus: 1, memory: 100, vgpus: 0, host_ports: [] },
    intent: {
      incarnation: "root-incarnation",
      epoch: 1,
      spec_rev: 1,
      want_rev: 1,
      wanted: true,
    },
    fenced: [],
    excluded: [],
    status: "NODE_SCHEDULED",
    status_detail: "",
    reason: "assigned",
    attempts: 1,
    retry_at: 0,
    phase_since: 0,
    seen: null,
    cpu_history: [],
    memory_history: [],
    ...changes,
  };
}

export function anObservation(changes: Partial<Observation> = {}): Observation {
  return {
    status: "RUNNING",
    status_detail: "",
    session: 1,
    seq: 1,
    epoch: 1,
    placement: 1,
    at: 0,
    ...changes,
  };
}

/** A book with these instances. */
export async function bookWith(...instances: Instance[]): Promise<InstanceBook> {
  const store = createMemoryStore();
  for (const instance of instances) store.stored.set(instance._id, instance);
  const book = createInstanceBook(store, () => performance.now());
  await book.load();
  return book;
}
