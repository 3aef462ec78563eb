import type { Disaster } from "../../src/simulation/scenario.ts";
import type { Change } from "./play-seeds.ts";

/** A rule of the protocol that is left out, or turned round, and what that must come to. */
export interface Mutant extends Change {
  /** the rule that is broken, as a sentence about the mutant */
  title: string;
  /** what the simulation says of one of the first seeds that notice */
  promise: RegExp;
  /** what happens to a database in each seed, when only that shows it */
  disaster?: Disaster;
  /** the seed to begin with, shortly before the first that notices, so that nobody waits for those that do not */
  first?: number;
}

const accept = "core/src/protocol/accept-command.ts";
const judge = "core/src/protocol/judge-report.ts";
const liveness = "core/src/protocol/liveness.ts";
const plan = "cluster-manager/src/domain/plan-instance.ts";
const endCopy = "cluster-manager/src/use-cases/end-copy.ts";
const planMove = "cluster-manager/src/domain/plan-move.ts";
const moveInstance = "cluster-manager/src/use-cases/move-instance.ts";
const placeOnWorker = "cluster-manager/src/use-cases/place-on-worker.ts";
const rootPlan = "system-manager/src/domain/plan-instance.ts";
const follow = "node-engine/src/use-cases/follow-cluster.ts";

export const MUTANTS: readonly Mutant[] = [
  {
    title: "a child takes a deploy with a lower pair than it has",
    file: accept,
    from: `  const order = comparePairs(command, held);
  if (order < 0) return "stale";
  if (order > 0) return "apply";`,
    to: `  const order = comparePairs(command, held);
  if (order !== 0) return "apply";`,
    first: 3110,
    promise: /the numbers of .* fell/,
  },
  {
    title: "a late deploy brings back what was deleted and forgotten",
    file: accept,
    from: `    return !inSync && command.want_rev <= known.cursor ? "stale" : "apply";`,
    to: `    return "apply";`,
    promise: /knows nothing of it/,
  },
  {
    title: "a worker forgets a deletion before its cursor has passed it",
    file: follow,
    from: `      ? copy.want_rev <= known.cursor`,
    to: `      ? true`,
    first: 100,
    promise: /knows nothing of it/,
  },
  {
    title: "a worker sweeps before the first sync with a new database",
    file: follow,
    from: `        seq = 0;
        await deps.saveKnown(known);`,
    to: `        seq = 0;
        await deps.saveKnown(known);
        if (!isSame) {
          for (const { job_id, instance_number, ...copy } of deps.holdings.all()) {
            const key = instanceKey(job_id, instance_number);
            const job = { _id: job_id, job_name: "", image: "", virtualization: "docker" };
            await deps.holdings.upsert({ ...copy, key, job_id, instance_number, wanted: false, job });
          }
        }`,
    promise: /without being named/,
  },
  {
    title: "a worker acknowledges before it has stored",
    file: follow,
    from: `await deps.holdings.upsert(deletionOf(key, command, held));`,
    to: `{
      deps.publishJob(undeployed(command));
      await deps.holdings.upsert(deletionOf(key, command, held));
    }`,
    promise: /knows nothing of it/,
  },
  {
    title: "an older report is taken for the latest",
    file: judge,
    from: `  return order > 0;
}`,
    to: `  return order !== 0;
}`,
    promise: /is shown as|is not listed/,
  },
  {
    title: "a report of a lower pair is taken for the present one",
    file: judge,
    from: `  if (order < 0) return "superseded";
`,
    to: "",
    first: 300,
    promise: /is left over|runs 2 times/,
  },
  {
    title: "a cluster gives up its workers while its broker is down",
    file: liveness,
    from: `  if (input.linkUpSinceMs === undefined) return { braked: "link_down" };
  if (input.nowMs - input.linkUpSinceMs < settleMs) return { braked: "link_young" };
  const silent = input.children.filter((c) => input.nowMs - c.heardAtMs >= input.timeoutMs);
`,
    to: `  const silent = input.children.filter((c) => input.nowMs - c.heardAtMs >= input.timeoutMs);
  if (input.linkUpSinceMs === undefined) return { lost: silent.map((c) => c.id) };
`,
    promise: /while its broker was down/,
  },
  {
    title: "a cluster judges silence as soon as it has started",
    file: liveness,
    from: `  if (input.nowMs - input.startedAtMs < settleMs) return { braked: "just_started" };
`,
    to: "",
    promise: /while it had just started/,
  },
  {
    title: "a copy that is to be kept is given up when its worker falls silent",
    file: plan,
    from: `  if (context.onSilence === "keep") return { do: "rest" };`,
    to: `  if (context.onSilence === "keep") return { do: "fence", reason: "child_lost" };`,
    first: 130,
    promise: /gave up .* which was only silent/,
  },
  {
    title: "an exclusive copy is replaced before its worker must have ended it",
    file: plan,
    from: `context.onSilence === "replace" ? 0 : EXCLUSIVE.ttlS + EXCLUSIVE.marginS`,
    to: `0`,
    first: 170,
    promise: /is exclusive, and/,
  },
  {
    title: "the root replaces what runs in a silent cluster without being asked to",
    file: rootPlan,
    from: `liveness === "lost" && context.onSilence === "replace"`,
    to: `liveness === "lost"`,
    first: 160,
    promise: /gave up .* which was only silent/,
  },
  {
    title: "the fence around a lost copy is forgotten",
    file: plan,
    from: `    : { do: "fence", reason: "child_lost" };
}`,
    to: `    : { do: "clear", outcome: "unplaced", reason: "child_lost", exclude: false };
}`,
    promise: /knows nothing of it/,
  },
  {
    title: "absence is believed from a worker that has not heard of the wish",
    file: plan,
    from: `fact.kind === "absent" && fact.want_rev >= wantRev`,
    to: `fact.kind === "absent"`,
    first: 280,
    promise: /knows nothing of it/,
  },
  {
    title: "a worker that does not answer is taken for one that has released",
    file: plan,
    from: `    return { do: "release", reason: "not_acknowledged", exclude: true };`,
    to: `    return { do: "clear", outcome: "unplaced", reason: "not_acknowledged", exclude: true };`,
    first: 370,
    promise: /knows nothing of it/,
  },
  {
    title: "room is given away before its copy is gone",
    file: endCopy,
    from: `  fp("placer.fenced", instance._id);`,
    to: `  await deps.holds.drop(child, instance._id, pairOf(instance));`,
    promise: /has no hold/,
  },
  {
    title: "a copy is adopted under the pair that it has",
    file: placeOnWorker,
    from: `  const pair = nextPair(deps, instance, above);`,
    to: `  const pair = { epoch: Math.max(instance.intent?.epoch ?? 0, above.epoch), placement: above.placement };`,
    first: 2550,
    promise: /the numbers of .* fell|was ended on .* where it is assigned/,
  },
  {
    title: "a hold is swept while its assignment is being written",
    file: "tier/src/sweep-holds.ts",
    from: `const GRACE_MS = 30_000;`,
    to: `const GRACE_MS = 0;`,
    first: 80,
    promise: /has no hold/,
  },
  {
    title: "a cursor passes changes that are counted and not stored",
    file: "tier/src/want-ledger.ts",
    from: `  for (const wantRev of open) settled = Math.min(settled, wantRev - 1);
`,
    to: "",
    promise: /in the end/,
  },
  {
    title: "a write without an answer is taken for one that failed",
    file: "tier/src/decide-refreshed.ts",
    from: `const certainAtMs = await deps.book.refresh(key);`,
    to: `const certainAtMs = undefined;`,
    promise: /in the end/,
  },
  {
    title: "the root gives an instance on before its cluster has released it",
    file: rootPlan,
    from: `  if (isRemoved || isConfirmed || isAbsent`,
    to: `  if (!context.isMember || isRemoved || isConfirmed || isAbsent`,
    promise: /the root gave it to/,
  },
  {
    title: "a cluster moves its cursor before it has stored the wishes",
    file: "cluster-manager/src/use-cases/follow-root.ts",
    from: `    const inSync = answer.full && answer.want_rev >= current.cursor;
`,
    to: `    const inSync = answer.full && answer.want_rev >= current.cursor;
    registration.advance(current.session, answer.want_rev);
`,
    promise: /in the end/,
  },
  {
    title: "a cluster places before its workers were heard",
    file: "cluster-manager/src/use-cases/learning.ts",
    from: `    isGateOpen: isOpen,`,
    to: `    isGateOpen: () => true,`,
    disaster: "cluster-restore",
    first: 100,
    promise: /restarted|nothing is to replace it/,
  },
  {
    title: "a healthy copy is ended before its replacement is assigned",
    file: "cluster-manager/src/domain/old-copies.ts",
    from: `  return instance.phase !== "unplaced" || !isCopyWanted(instance);`,
    to: `  return instance.job_id !== "";`,
    first: 200,
    promise: /nothing is to replace it/,
  },
  {
    title: "an instance leaves its worker before its new copy runs",
    file: planMove,
    from: `return { do: "note_move", status: told.status };`,
    to: `return { do: "switch_copy", isGone: false };`,
    promise: /left .* and does not run on/,
  },
  {
    title: "a new copy that was made in vain is forgotten",
    file: moveInstance,
    from: `fenced: [...instance.fenced, ...left] });`,
    to: `fenced: left.length > 9 ? left : instance.fenced });`,
    first: 70,
    promise: /knows nothing of it/,
  },
  {
    title: "a copy that a move has left is ended while it is drained",
    file: "cluster-manager/src/domain/plan-drains.ts",
    from: `const mayGoOn = isCopyWanted(instance) && isDraining(copy, nowS) && !isIdle;`,
    to: `const mayGoOn = isCopyWanted(instance) && copy.ends_at === 0;`,
    first: 50,
    promise: /while it is drained/,
  },
  {
    title: "what nobody wants takes no room",
    file: "cluster-manager/src/use-cases/take-orphan.ts",
    from: `    if (!isHeld) await holdRoom(deps, id, key, copy);`,
    to: `    if (isHeld) await holdRoom(deps, id, key, copy);`,
    disaster: "cluster-wipe",
    first: 80,
    promise: /runs more than it has room for/,
  },
  {
    title: "a worker is given more before it has told what it runs",
    file: placeOnWorker,
    from: `  return [...roster.all()].filter(isUnheard).map(({ id }) => id);`,
    to: `  return [...roster.all()].filter((one) => isUnheard(one) && one.id === "").map(({ id }) => id);`,
    disaster: "cluster-wipe",
    first: 4560,
    promise: /runs more than it has room for/,
  },
  {
    title: "a copy whose deletion came before it was known goes on",
    file: "cluster-manager/src/use-cases/take-worker-report.ts",
    from: `  return phase === "closed" &&`,
    to: `  return phase === "unplaced" &&`,
    disaster: "cluster-wipe",
    first: 80,
    promise: /runs more than it has room for/,
  },
];
