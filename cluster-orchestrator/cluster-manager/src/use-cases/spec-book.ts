import type { JobSpec } from "@oak/contracts";
import { silencePolicyOf } from "@oak/core";
import { createOneAtATime } from "../domain/one-at-a-time.ts";
import type { SpecBook } from "../ports.ts";

/** Specs as they are stored. All methods reject when the store is away. */
export interface SpecDocuments {
  list(): Promise<JobSpec[]>;
  find(jobId: string): Promise<JobSpec | undefined>;
  /** Durable when it resolves, with what was stored: hooks of the cluster may have changed it. */
  put(spec: JobSpec): Promise<JobSpec>;
  /** Absent is fine. */
  remove(jobId: string): Promise<void>;
}

export interface CachedSpecBook extends SpecBook {
  /** Reads everything. */
  load(): Promise<void>;
  /**
   * Removes specs that no instance has used for a while. `inUse`: the services of all instances.
   * Call it every few seconds.
   */
  sweep(inUse: ReadonlySet<string>): Promise<void>;
}

interface Entry {
  spec: JobSpec;
  /** as it came */
  text: string;
  /** monotonic milliseconds of its last use, as far as the sweep has seen */
  usedAtMs: number;
}

/** A spec is stored before the instance that needs it: younger ones may be about to get theirs. */
const GRACE_MS = 15_000;

/** The specs of this cluster in memory, written through to the store. */
export function createSpecBook(deps: {
  documents: SpecDocuments;
  monotonicMs(): number;
}): CachedSpecBook {
  const entries = new Map<string, Entry>();
  const inTurn = createOneAtATime();
  const keep = (spec: JobSpec, text = JSON.stringify(spec)): void => {
    entries.set(spec._id, { spec, text, usedAtMs: deps.monotonicMs() });
  };

  const removeUnused = async (jobId: string): Promise<void> => {
    const entry = entries.get(jobId);
    if (entry === undefined || deps.monotonicMs() - entry.usedAtMs < GRACE_MS) return;
    await deps.documents.remove(jobId);
    entries.delete(jobId);
  };

  return {
    load: async () => {
      for (const spec of await deps.documents.list()) if (!entries.has(spec._id)) keep(spec);
    },
    get: async (jobId) => {
      const known = entries.get(jobId);
      if (known !== undefined) return known.spec;
      const found = await deps.documents.find(jobId);
      if (found !== undefined && !entries.has(jobId)) keep(found);
      return found;
    },
    nameOf: (jobId) => entries.get(jobId)?.spec.job_name ?? "",
    policyOf: (jobId) => {
      const entry = entries.get(jobId);
      return entry === undefined ? "keep" : silencePolicyOf(entry.spec, "worker");
    },
    put: (spec) =>
      inTurn(spec._id, async () => {
        const known = entries.get(spec._id);
        const text = JSON.stringify(spec);
        // Every instance of a service brings the same spec along.
        const isKnown = known?.text === text;
        keep(isKnown ? known.spec : await deps.documents.put(spec), text);
      }),
    sweep: async (inUse) => {
      for (const [jobId, entry] of entries) {
        if (inUse.has(jobId)) entry.usedAtMs = deps.monotonicMs();
        else await inTurn(jobId, () => removeUnused(jobId));
      }
    },
  };
}
