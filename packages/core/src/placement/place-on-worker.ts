import type { RefusalStatus } from "@oak/contracts";
import type { CandidateTable, Rows } from "./candidate-table.ts";
import { at, KIND } from "./columns.ts";
import { namedWorkers } from "./constraints.ts";
import { type Demand, demandOnWorkers, type PlaceRequest } from "./demand.ts";
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
import { CODE, createTally, FITS, hasCapacityReason, type Refusals } from "./refusal-reasons.ts";

/** Proposes a worker of this cluster. It only proposes: nothing is reserved, and the hold decides. */
export function placeOnWorker(table: CandidateTable, request: PlaceRequest): Placement {
  const { rows } = table;
  const names = namedWorkers(request.job);
  const slots = names && slotsNamed(rows, names);
  const tally = createTally();
  if (slots !== undefined) tally.add(CODE.direct, rows.size - slots.length);
  const demand = demandOnWorkers(rows, request);
  const found = findBest({ rows, demand, slots, refusalOf: workerRefusal, tally });
  if (found !== undefined) return placed(rows, found);

  const refusals = tally.toRefusals();
  const detail = explain({
    noun: "worker",
    request,
    names,
    refusals,
    largest: (reason) =>
      largestOf({ rows, demand, slots }, reason, workerRefusal, (slot) =>
        at(rows.columns[reason], slot),
      ),
  });
  return { ok: false, status: statusOf(rows, refusals), detail, refusals };
}

/** The same decision, with a word on each candidate. */
export function explainOnWorker(table: CandidateTable, request: PlaceRequest): ExplainedPlacement {
  const { rows } = table;
  const names = namedWorkers(request.job);
  const judgement: Judgement = {
    noun: "worker",
    rows,
    demand: demandOnWorkers(rows, request),
    request,
    slots: names && slotsNamed(rows, names),
    outside: () => "direct",
    refusalOf: workerRefusal,
    unitsOf: (slot, reason) => at(rows.columns[reason], slot),
  };
  return explainCandidates(table, judgement, placeOnWorker(table, request));
}

function workerRefusal(rows: Rows, slot: number, demand: Demand): number {
  return (
    kindRefusal(rows, slot, demand) ||
    rowRefusal(rows, slot, demand) ||
    storageRefusal(rows, slot, demand) ||
    hostPortRefusal(rows, slot, demand)
  );
}

/** A worker is one host: a port of it belongs to one instance. */
function hostPortRefusal(rows: Rows, slot: number, { hostPorts }: Demand): number {
  if (hostPorts.length === 0) return FITS;
  const ports = rows.entryAt(slot)?.ports;
  return hostPorts.some((port) => ports?.has(port)) ? CODE.host_port_taken : FITS;
}

function statusOf(rows: Rows, refusals: Refusals): RefusalStatus {
  if (hasCapacityReason(refusals)) return "NO_WORKER_CAPACITY";
  return hasLiveWorker(rows) ? "NO_QUALIFIED_WORKER_FOUND" : "NO_NODE_FOUND";
}

function hasLiveWorker({ columns, length }: Rows): boolean {
  for (let slot = 0; slot < length; slot += 1) {
    const kind = at(columns.kind, slot);
    if (kind !== KIND.empty && kind !== KIND.notAlive) return true;
  }
  return false;
}
