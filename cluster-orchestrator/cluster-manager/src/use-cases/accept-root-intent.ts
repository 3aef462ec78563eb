import type { Instance, ParentIntent, WantedChange } from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import { acceptDelete, acceptDeploy, type CommandVerdict, type ParentKnown } from "@oak/core";
import { fp } from "@oak/kit";
import type { AssignmentDeps } from "../ports.ts";
import type { StoreFirstRecord } from "./store-first-record.ts";

/** What the cluster knows of its root. */
export interface RootKnown extends ParentKnown {
  /** an intent from before this database existed waits until then, so that a running copy is found first */
  placeNotBeforeS: number;
}

const NO_NEED = { vcpus: 0, memory: 0, vgpus: 0, host_ports: [] };

export interface AcceptDeps extends Pick<AssignmentDeps, "book" | "specs" | "clock"> {
  storeFirst: StoreFirstRecord;
}

/** The placer may write the same instance at the same moment; each try decides on what it finds then. */
const MAX_TRIES = 5;

/**
 * Takes one change of what the root wants: stored before it is acknowledged (protocol rule 2).
 * @param options.inSync the change came in a full answer that is at or above the cursor
 * @returns the verdict; only `apply` has changed anything
 * @throws whatever the stores throw; the root sends it again
 */
export async function acceptRootIntent(
  deps: AcceptDeps,
  change: WantedChange,
  known: RootKnown,
  options: { inSync: boolean; incarnation: string },
): Promise<CommandVerdict> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const verdict = await tryToAccept(deps, change, known, options);
    if (verdict !== "conflict") return verdict;
  }
  throw new Error(`${keyOf(change)} was written by somebody else again and again`);
}

async function tryToAccept(
  deps: AcceptDeps,
  change: WantedChange,
  known: RootKnown,
  options: { inSync: boolean; incarnation: string },
): Promise<CommandVerdict | "conflict"> {
  const before = deps.book.get(keyOf(change));
  const held = before?.intent && { ...before.intent, placement: 0 };
  const command = {
    incarnation: options.incarnation,
    epoch: change.epoch,
    placement: 0,
    // What the cursor has passed and nobody remembers is over, however late a wish to move it comes.
    want_rev: change.placed_rev ?? change.want_rev,
  };
  const verdict = change.wanted
    ? acceptDeploy(held ?? undefined, command, known, options.inSync)
    : acceptDelete(held ?? undefined, command, known);
  if (verdict === "repeat") await restoreSpec(deps, change);
  if (verdict !== "apply" && !(verdict === "repeat" && isNewMove(before, change))) return verdict;
  if (change.job !== undefined) await deps.specs.put(change.job, change.spec_rev);
  else if (change.wanted) throw new Error(`${keyOf(change)} is wanted, but came without its spec`);
  fp("cluster.spec_stored", keyOf(change));
  const nowS = deps.clock.nowMs() / 1000;
  const intent = intentOf(change, options.incarnation);
  const opened = isOpening(before, change) ? opening(known, nowS) : {};
  const isStored =
    before === undefined
      ? await deps.storeFirst({ ...emptyInstance(change, nowS), intent, ...opened })
      : await deps.book.write(before, { ...before, intent, ...opened });
  if (!isStored) return "conflict";
  fp("cluster.intent_stored", keyOf(change));
  return "apply";
}

/** The same assignment once more, with a wish that the instance leave its worker. */
function isNewMove(before: Instance | undefined, { wanted, move }: WantedChange): boolean {
  if (!wanted || move === undefined || before === undefined) return false;
  return move.id > Math.max(before.intent?.move?.id ?? 0, before.move?.id ?? 0);
}

/** A spec that was lost from the store comes again with what is repeated. */
async function restoreSpec({ specs }: AcceptDeps, change: WantedChange): Promise<void> {
  const { job, job_id, spec_rev } = change;
  if (job === undefined || (await specs.get(job_id, spec_rev)) !== undefined) return;
  await specs.put(job, spec_rev);
}

const keyOf = (change: WantedChange) => instanceKey(change.job_id, change.instance_number);

function intentOf(change: WantedChange, incarnation: string): ParentIntent {
  const { epoch, spec_rev, want_rev, wanted } = change;
  const intent = { incarnation, epoch, spec_rev, want_rev, wanted };
  return change.move === undefined ? intent : { ...intent, move: change.move };
}

/**
 * New here, or wanted again after it was closed. The same epoch from a root that has taken a new name is no
 * new wish: what came of it has been said, and is said again.
 */
function isOpening(before: Instance | undefined, change: WantedChange): boolean {
  if (before === undefined) return true;
  const isNew = change.epoch > (before.intent?.epoch ?? -1);
  return change.wanted && isNew && before.phase === "closed";
}

function opening(known: RootKnown, nowS: number): Partial<Instance> {
  return {
    phase: "unplaced",
    status: "CLUSTER_SCHEDULED",
    status_detail: "",
    reason: "waiting",
    attempts: 0,
    excluded: [],
    retry_at: known.placeNotBeforeS > nowS ? known.placeNotBeforeS : 0,
    phase_since: nowS,
  };
}

/** A delete for an instance that was never here is remembered the same way: closed, at its epoch. */
function emptyInstance(change: WantedChange, nowS: number): Instance {
  return {
    _id: keyOf(change),
    job_id: change.job_id,
    instance_number: change.instance_number,
    rev: 0,
    phase: "unplaced",
    child: null,
    epoch: 0,
    placement: 0,
    spec_rev: change.spec_rev,
    want_rev: 0,
    need: NO_NEED,
    intent: null,
    fenced: [],
    excluded: [],
    status: "CLUSTER_SCHEDULED",
    status_detail: "",
    reason: "waiting",
    attempts: 0,
    retry_at: 0,
    phase_since: nowS,
    seen: null,
    cpu_history: [],
    memory_history: [],
  };
}
