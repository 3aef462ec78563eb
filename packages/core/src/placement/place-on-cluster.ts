import type { RefusalStatus } from "@oak/contracts";
import type { CandidateTable, Rows } from "./candidate-table.ts";
import { at } from "./columns.ts";
import { allowedClusters, namedClusters } from "./constraints.ts";
import { type Demand, demandOnClusters, type PlaceRequest } from "./demand.ts";
import type { Entry } from "./entry.ts";
import { explain } from "./explain.ts";
import {
  type ExplainedPlacement,
  explainCandidates,
  type Judgement,
} from "./explain-candidates.ts";
import { findBest } from "./find-best.ts";
import {
  kindRefusal,
  largestOf,
  type Placement,
  placed,
  rowRefusal,
  slotsNamed,
  storageRefusal,
} from "./placement.ts";
import { CODE, createTally, FITS, type Refusals } from "./refusal-reasons.ts";
import { type Pending, shapesRefusal } from "./shapes.ts";
import type { Amounts } from "./units.ts";

/** Proposes a cluster of this root. It only proposes: nothing is reserved, and the hold decides. */
export function placeOnCluster(table: CandidateTable, request: PlaceRequest): Placement {
  const { rows } = table;
  const names = namedClusters(request.job);
  const allowed = allowedClusters(request.job);
  const named = names && slotsNamed(rows, names);
  const slots = allowed ? slotsAllowed(rows, named, allowed) : named;
  const tally = createTally();
  if (named !== undefined) tally.add(CODE.direct, rows.size - named.length);
  if (allowed !== undefined) {
    tally.add(CODE.clusters_not_allowed, (named?.length ?? rows.size) - (slots?.length ?? 0));
  }
  const demand = demandOnClusters(rows, request);
  const found = findBest({ rows, demand, slots, refusalOf: clusterRefusal, tally });
  if (found !== undefined) return placed(rows, found);

  const refusals = tally.toRefusals();
  const detail = explain({
    noun: "cluster",
    request,
    names,
    refusals,
    largest: (reason) =>
      largestOf({ rows, demand, slots }, reason, clusterRefusal, (slot) =>
        largestPlace(rows, slot, demand, reason),
      ),
  });
  return { ok: false, status: statusOf(named?.length, refusals), detail, refusals };
}

/** The same decision, with a word on each candidate. */
export function explainOnCluster(table: CandidateTable, request: PlaceRequest): ExplainedPlacement {
  const { rows } = table;
  const names = namedClusters(request.job);
  const allowed = allowedClusters(request.job);
  const named = names && slotsNamed(rows, names);
  const demand = demandOnClusters(rows, request);
  const judgement: Judgement = {
    noun: "cluster",
    rows,
    demand,
    request,
    slots: allowed ? slotsAllowed(rows, named, allowed) : named,
    outside: (slot) => (named?.includes(slot) === false ? "direct" : "clusters_not_allowed"),
    refusalOf: clusterRefusal,
    unitsOf: (slot, reason) => largestPlace(rows, slot, demand, reason),
  };
  return explainCandidates(table, judgement, placeOnCluster(table, request));
}

function slotsAllowed(
  rows: Rows,
  named: readonly number[] | undefined,
  allowed: ReadonlySet<string>,
): number[] {
  const slots = slotsNamed(rows, allowed);
  return named === undefined ? slots : slots.filter((slot) => named.includes(slot));
}

function clusterRefusal(rows: Rows, slot: number, demand: Demand): number {
  return (
    kindRefusal(rows, slot, demand) ||
    roomRefusal(rows, slot, demand) ||
    storageRefusal(rows, slot, demand)
  );
}

function roomRefusal(rows: Rows, slot: number, demand: Demand): number {
  const entry = rows.entryAt(slot);
  if (entry?.shapes === undefined) return sumsRefusal(rows, slot, demand);
  const pending = pendingOf(rows, slot, entry, demand);
  return shapesRefusal(entry.shapes, demand.amounts, demand.platform, pending);
}

/**
 * A cluster that tells no shapes is one big worker as far as anybody knows. Its architectures are not known
 * either: that alone does not rule it out, its own scheduler decides.
 */
function sumsRefusal(rows: Rows, slot: number, demand: Demand): number {
  const verdict = demand.platform[rows.entryAt(slot)?.traits ?? 0] ?? FITS;
  const platform = verdict === CODE.architecture ? FITS : verdict;
  return platform || rowRefusal(rows, slot, demand);
}

function pendingOf(rows: Rows, slot: number, entry: Entry, { hostPorts }: Demand): Pending {
  const claimsOfPorts = hostPorts.reduce((sum, port) => sum + (entry.ports.get(port) ?? 0), 0);
  return { ...entry.used, count: at(rows.columns.holds, slot), claimsOfPorts };
}

function largestPlace(
  rows: Rows,
  slot: number,
  demand: Demand,
  resource: keyof Amounts | "storage",
): number {
  const shapes = rows.entryAt(slot)?.shapes;
  if (shapes === undefined || resource === "storage") return at(rows.columns[resource], slot);
  const suitable = shapes.filter((shape) => (demand.platform[shape.traits] ?? FITS) === FITS);
  return Math.max(0, ...suitable.map((shape) => shape[resource]));
}

/** @param named how many clusters a `direct` constraint names that exist; undefined: there is none */
function statusOf(named: number | undefined, refusals: Refusals): RefusalStatus {
  if (named === undefined) return "NoActiveClusterWithCapacity";
  if (named === 0) return "TargetClusterNotFound";
  return refusals.not_alive === named ? "TargetClusterNotActive" : "TargetClusterNoCapacity";
}
