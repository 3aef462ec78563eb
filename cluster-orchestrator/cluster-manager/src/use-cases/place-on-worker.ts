import type { Instance, Pair } from "@oak/contracts";
import { isPauseOver, pairOf, retryDelayS } from "@oak/core";
import { assignTo, type Placing, type PlacingOutcome, placeInstance } from "@oak/tier";
import { wordsWithoutPlace } from "../domain/last-words.ts";
import type { AssignmentDeps, Worker } from "../ports.ts";
import { nextPair } from "./next-pair.ts";

/**
 * Looks for a worker and assigns the instance to it, or stores why there is none.
 * @returns false when the record had moved on, and nothing is stored
 */
export async function place(deps: AssignmentDeps, instance: Instance): Promise<boolean> {
  const job = await deps.specs.get(instance.job_id, specRevOf(instance));
  if (job === undefined) throw new Error(`no spec is stored for ${instance.job_id}`);
  const nowS = deps.clock.nowMs() / 1000;
  const excluded = instance.excluded.filter((e) => !isPauseOver(e.until, nowS));
  const placing: Placing = {
    instance: { ...withoutNews(instance), excluded, spec_rev: specRevOf(instance) },
    job,
    pair: nextPair(deps, instance, pairOf(instance)),
    status: "NODE_SCHEDULED",
    exclude: [
      ...excluded.map((e) => e.child),
      ...instance.fenced.map((f) => f.child),
      ...unheard(deps.roster),
    ],
  };
  return afterPlacing(deps, instance, await placeInstance(deps, placing));
}

const specRevOf = ({ intent, spec_rev }: Instance): number => intent?.spec_rev ?? spec_rev;

/**
 * Workers that are back and have not told yet what they run: their room may be taken by what nobody here knows of.
 */
export function unheard(roster: AssignmentDeps["roster"]): string[] {
  const isUnheard = ({ liveness, hasReported }: Worker): boolean =>
    liveness === "alive" && !hasReported;
  return [...roster.all()].filter(isUnheard).map(({ id }) => id);
}

/** Why it was not moved away from where it was is no news any more once it is somewhere else. */
function withoutNews(instance: Instance): Instance {
  const { move } = instance;
  return move == null ? instance : { ...instance, move: { ...move, detail: "" } };
}

/** Assigns the instance to a worker that runs a copy of it, under a new pair that the copy can go on with. */
export async function adopt(
  deps: AssignmentDeps,
  instance: Instance,
  child: string,
  above: Pair,
): Promise<void> {
  const job = await deps.specs.get(instance.job_id, specRevOf(instance));
  if (job === undefined) throw new Error(`no spec is stored for ${instance.job_id}`);
  const pair = nextPair(deps, instance, above);
  const intent = instance.intent && { ...instance.intent, epoch: pair.epoch };
  const spec_rev = specRevOf(instance);
  const outcome = await assignTo(
    deps,
    {
      instance: { ...instance, intent, spec_rev },
      job,
      pair,
      status: "NODE_SCHEDULED",
      exclude: [],
      isThere: true,
    },
    child,
  );
  if (!outcome.placed && outcome.status !== "conflict") {
    return afterRefusedAdoption(deps, instance, outcome);
  }
  deps.log.info({ instance: instance._id, worker: child, ...pair }, "a running copy is adopted");
}

/** About seconds; by then its worker is heard again, or given up. */
const PATIENT_ADOPTIONS = 15;

/**
 * The copy runs, whatever its worker is taken for at the moment: it is tried again, with the same evidence, rather than
 * replaced.
 */
async function afterRefusedAdoption(
  deps: AssignmentDeps,
  instance: Instance,
  outcome: PlacingOutcome,
): Promise<void> {
  if (instance.phase === "unplaced") {
    await afterPlacing(deps, instance, outcome);
    if (instance.attempts >= PATIENT_ADOPTIONS) return;
  }
  throw new Error(`a running copy has no hold yet: ${instance._id}`);
}

async function afterPlacing(
  deps: AssignmentDeps,
  instance: Instance,
  outcome: PlacingOutcome,
): Promise<boolean> {
  if (outcome.placed) return true;
  if (outcome.status === "conflict") return false;
  const refusals = instance.attempts + 1;
  const { settings } = deps;
  const nowS = deps.clock.nowMs() / 1000;
  // A copy on a silent worker stands behind its fence here, wherever the root goes with the instance.
  const isHandedBack = outcome.reason === "no_place" && refusals >= settings.handBackAfter;
  return deps.book.write(instance, {
    ...instance,
    phase: isHandedBack ? "closed" : "unplaced",
    ...wordsWithoutPlace(instance, outcome),
    ...(isHandedBack && { reason: "handed_back" }),
    attempts: refusals,
    retry_at: nowS + retryDelayS(refusals, settings.retryBaseS, settings.retryMaxS, deps.random()),
    phase_since: nowS,
  });
}
