import type { JobSpec } from "@oak/contracts";
import { silencePolicyOf } from "@oak/core";
import { createOneAtATime } from "../domain/one-at-a-time.ts";
import type { ServiceSpecs, SpecBook } from "../ports.ts";

/** Specs as they are stored, by service. All methods reject when the store is away. */
export interface SpecDocuments {
  list(): Promise<ServiceSpecs[]>;
  find(jobId: string): Promise<ServiceSpecs | undefined>;
  /**
   * Durable when it resolves, with what was stored: hooks of the cluster may have changed it.
   * @param before what was stored until now, as far as it is known
   */
  put(specs: ServiceSpecs, before: ServiceSpecs | undefined): Promise<ServiceSpecs>;
  /** Absent is fine. */
  remove(jobId: string): Promise<void>;
}

export interface CachedSpecBook extends SpecBook {
  /** Reads everything. */
  load(): Promise<void>;
  /**
   * Removes specs that no instance has used for a while. `inUse`: the revisions of all instances, by service.
   * Call it every few seconds.
   */
  sweep(inUse: ReadonlyMap<string, ReadonlySet<number>>): Promise<void>;
}

interface Entry {
  specs: ServiceSpecs;
  /** by revision: as it came */
  texts: Map<number, string>;
  /** by revision: monotonic milliseconds of its last use, as far as the sweep has seen */
  usedAtMs: Map<number, number>;
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
  const keep = (specs: ServiceSpecs, before?: Entry): Entry => {
    const { texts = new Map(), usedAtMs = new Map() } = before ?? {};
    const entry: Entry = { specs, texts, usedAtMs };
    for (const [revision, spec] of specs.byRevision) {
      if (!usedAtMs.has(revision)) usedAtMs.set(revision, deps.monotonicMs());
      if (!texts.has(revision)) texts.set(revision, JSON.stringify(spec));
    }
    entries.set(specs.jobId, entry);
    return entry;
  };

  const find = async (jobId: string): Promise<Entry | undefined> => {
    const known = entries.get(jobId);
    if (known !== undefined) return known;
    const found = await deps.documents.find(jobId);
    // Somebody may have stored one meanwhile.
    return entries.get(jobId) ?? (found === undefined ? undefined : keep(found));
  };

  const removeUnused = async (jobId: string): Promise<void> => {
    const entry = entries.get(jobId);
    if (entry === undefined) return;
    const isOld = (revision: number): boolean =>
      deps.monotonicMs() - (entry.usedAtMs.get(revision) ?? 0) >= GRACE_MS;
    const { specs } = entry;
    const left = [...specs.byRevision].filter(([revision]) => !isOld(revision));
    if (left.length === specs.byRevision.size) return;
    if (left.length === 0) {
      await deps.documents.remove(jobId);
      entries.delete(jobId);
      return;
    }
    const latest = left.some(([revision]) => revision === specs.latest)
      ? specs.latest
      : Math.max(...left.map(([revision]) => revision));
    const fewer = { jobId, latest, byRevision: new Map(left) };
    const stored = await deps.documents.put(fewer, specs);
    for (const revision of specs.byRevision.keys()) {
      if (!stored.byRevision.has(revision)) entry.texts.delete(revision);
    }
    keep(stored, entry);
  };

  return {
    load: async () => {
      for (const specs of await deps.documents.list()) if (!entries.has(specs.jobId)) keep(specs);
    },
    get: async (jobId, revision) => specIn((await find(jobId))?.specs, revision),
    nameOf: (jobId) => specIn(entries.get(jobId)?.specs)?.job_name ?? "",
    policyOf: (jobId, revision) => {
      const specs = entries.get(jobId)?.specs;
      const spec = specIn(specs, revision) ?? specIn(specs);
      return spec === undefined ? "keep" : silencePolicyOf(spec, "worker");
    },
    put: (spec, revision) =>
      inTurn(spec._id, async () => {
        const entry = await find(spec._id);
        entry?.usedAtMs.set(revision, deps.monotonicMs());
        const text = JSON.stringify(spec);
        // Every instance of a revision brings the same spec along.
        if (entry?.texts.get(revision) === text) return;
        const byRevision = new Map(entry?.specs.byRevision).set(revision, spec);
        const specs = { jobId: spec._id, latest: revision, byRevision };
        const stored = await deps.documents.put(specs, entry?.specs);
        keep(stored, entry).texts.set(revision, text);
      }),
    sweep: async (inUse) => {
      for (const [jobId, { specs, usedAtMs }] of entries) {
        for (const revision of specs.byRevision.keys()) {
          if (inUse.get(jobId)?.has(revision)) usedAtMs.set(revision, deps.monotonicMs());
        }
        await inTurn(jobId, () => removeUnused(jobId));
      }
    },
  };
}

/** That of one revision, or the latest of the service. */
function specIn(specs: ServiceSpecs | undefined, revision?: number): JobSpec | undefined {
  return specs?.byRevision.get(revision ?? specs.latest);
}
