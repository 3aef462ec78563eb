import type { Instance, WantedAnswer, WantedChange } from "@oak/contracts";
import type { InstanceBook, WantLedger } from "@oak/tier";
import type { JobBook, TierBook } from "./placer-ports.ts";

export interface WantedDeps {
  book: InstanceBook;
  jobs: JobBook;
  ledger: WantLedger;
  tier: TierBook;
}

/**
 * What is wanted of a cluster after `since`; everything with `since` 0. The cursor in the answer stays
 * below every change that is counted but not stored yet, so that none is ever skipped.
 */
export function listWanted(
  deps: WantedDeps,
  cluster: { id: string; session: number },
  since: number,
): WantedAnswer {
  const wantRev = deps.ledger.settled(cluster.id);
  // A cursor from another life of this database counts for nothing.
  const isFull = since === 0 || since > deps.ledger.counted(cluster.id);
  const changes = deps.book
    .of(cluster.id)
    .filter((instance) => isFull || instance.want_rev > since)
    .flatMap((instance) => changeOf(deps, cluster.id, instance))
    .sort((a, b) => a.want_rev - b.want_rev);
  return {
    incarnation: deps.tier.current().incarnation,
    session: cluster.session,
    want_rev: wantRev,
    full: isFull,
    changes,
  };
}

function changeOf(deps: WantedDeps, clusterId: string, instance: Instance): WantedChange[] {
  // Of a copy that was given up only the cluster's report decides: it may yet be taken back.
  if (instance.child !== clusterId) return [];
  const { job_id, instance_number, epoch, want_rev, spec_rev } = instance;
  const numbers = { job_id, instance_number, epoch, want_rev, spec_rev };
  if (instance.phase !== "assigned") return [{ ...numbers, wanted: false }];
  const job = deps.jobs.get(job_id);
  if (job === undefined) return [];
  return [{ ...numbers, wanted: true, job: deps.jobs.specOf(job, spec_rev), ...wishOf(instance) }];
}

function wishOf({ asked, epoch }: Instance): Pick<WantedChange, "move" | "placed_rev"> {
  if (asked == null || asked.epoch !== epoch) return {};
  const { id, node, drain_s, placed_rev } = asked;
  return { move: { id, node, drain_s }, placed_rev };
}
