import type { Instance, ParentIntent, WantedChange } from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import { acceptDelete, acceptDeploy, type CommandVerdict, type ParentKnown } from "@oak/core";
import type { AssignmentDeps } from "../ports.ts";

/** What the cluster knows of its root. */
export interface RootKnown extends ParentKnown {
  /** an intent from before this database existed waits until then, so that a running copy is found first */
  placeNotBeforeS: number;
}

const NO_NEED = { vcpus: 0, memory: 0, vgpus: 0, host_ports: [] };

/**
 * Takes one change of what the root wants: stored before it is acknowledged (protocol rule 2).
 * @param inSync the change came in a full answer that is at or above the cursor
 * @returns the verdict; only `apply` has changed anything
 * @throws whatever the stores throw; the root sends it again
 */
export async function acceptRootIntent(
  deps: Pick<AssignmentDeps, "book" | "specs" | "tier" | "clock" | "log">,
  change: WantedChange,
  known: RootKnown,
  options: { inSync: boolean; incarnation: string },
): Promise<CommandVerdict> {
  const key = instanceKey(change.job_id, change.instance_number);
  const before = deps.book.get(key);
  const held = before?.intent && { ...before.intent, placement: 0 };
  const command = {
    incarnation: options.incarnation,
    epoch: change.epoch,
    placement: 0,
    want_rev: change.want_rev,
  };
  const verdict = change.wanted
    ? acceptDeploy(held ?? undefined, command, known, options.inSync)
    : acceptDelete(held ?? undefined, command, known);
  if (verdict !== "apply") return verdict;
  if (change.job !== undefined) await deps.specs.put(change.job);
  else if (change.wanted) throw new Error(`a wanted instance came without its spec: ${key}`);
  const nowS = deps.clock.nowMs() / 1000;
  const instance = before ?? emptyInstance(change, nowS);
  const intent = intentOf(change, options.incarnation);
  const opened = isOpening(before, change) ? opening(known, nowS) : {};
  const isStored = await deps.book.write(before, { ...instance, intent, ...opened });
  if (!isStored) throw new Error(`${key} was written by somebody else meanwhile`);
  return verdict;
}

function intentOf(change: WantedChange, incarnation: string): ParentIntent {
  const { epoch, spec_rev, want_rev, wanted } = change;
  return { incarnation, epoch, spec_rev, want_rev, wanted };
}

/** New here, or wanted again after it was closed. */
function isOpening(before: Instance | undefined, change: WantedChange): boolean {
  return before === undefined || (change.wanted && before.phase === "closed");
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
    _id: instanceKey(change.job_id, change.instance_number),
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
