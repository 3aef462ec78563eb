import type { InstanceKey, OnDisconnect } from "@oak/contracts";
import type { Report, Rule } from "../judge.ts";
import type { TierDisk } from "../tier-disk.ts";
import type { WorkerNode, World } from "../world.ts";
import { isOnTheMove } from "./moves.ts";

/** An agent that goes on has killed by then what it may not run any more. */
const KILLED_MS = 500;

/**
 * What becomes of a copy whose worker or cluster is only silent. `keep` is never given up, and neither is
 * anything but `replace` at the root. Of `exclusive` no two copies run, unless an agent that is dead or stands
 * still cannot end the older one; and no two ever run that both have a right to.
 */
export function createPolicyRules(world: World, report: Report): Rule {
  for (const disk of [world.rootDisk, ...[...world.clusters.values()].map((c) => c.disk)]) {
    watchFences(world, disk, report);
  }
  return watchCopies(world, report);
}

const JOB_ID_LENGTH = 24;

const policyOf = ({ rootDisk }: World, key: InstanceKey): OnDisconnect | undefined =>
  rootDisk.jobs.get(key.slice(0, JOB_ID_LENGTH))?.onDisconnect;

/** With an older database, or with who joined anew, nobody can know of all copies. */
const isInDoubt = ({ struck, estranged }: World): boolean => struck.size + estranged.size > 0;

function watchFences(world: World, disk: TierDisk, report: Report): void {
  const isRoot = disk === world.rootDisk;
  disk.instances.onChange((key, before, after) => {
    const isGivenUp =
      before?.child != null && after?.fenced.some(({ child }) => child === before.child) === true;
    if (!isGivenUp || after.child === before.child || isInDoubt(world)) return;
    // It was left because somebody asked for that, not because of silence.
    if (after.child !== null && before.move?.child === after.child) return;
    const policy = policyOf(world, key);
    const isWaitedFor = policy === "keep" || (isRoot && policy !== "replace");
    // A cluster that has given a copy up itself, and has no room for another one, hands the instance back.
    const isHandedBack = isRoot && policy !== "keep" && after.reason === "handed_back";
    if (isWaitedFor && !isHandedBack) {
      report(`${disk.name} gave up ${key} at ${before.child}, which was only silent`);
    }
  });
}

function watchCopies(world: World, report: Report): Rule {
  const changed = new Set<InstanceKey>();
  for (const { machine } of world.workers.values()) {
    machine.containers.onChange((key) => {
      const policy = policyOf(world, key);
      if (policy === "keep" || policy === "exclusive") changed.add(key);
    });
  }
  const check = (key: InstanceKey): boolean => {
    const running = [...world.workers.values()].filter(
      ({ machine }) => machine.containers.get(key)?.isRunning === true,
    );
    if (running.length < 2 || isInDoubt(world)) return false;
    const policy = policyOf(world, key);
    if (policy === "keep" && !isOnTheMove(world, key))
      report(`${key} is to be kept where it is, and runs twice`);
    if (policy === "exclusive") checkExclusive(world, key, running, report);
    return policy === "exclusive";
  };
  return {
    check: () => {
      // As long as two of them run, an agent that goes on is one that has to end its own.
      for (const key of changed) if (!check(key)) changed.delete(key);
    },
  };
}

function checkExclusive(
  world: World,
  key: InstanceKey,
  running: readonly WorkerNode[],
  report: Report,
): void {
  const nowMs = world.time.nowMs();
  const isAble = ({ process }: WorkerNode): boolean => {
    const sinceMs = process?.life.runningSinceMs();
    return sinceMs !== undefined && nowMs - sinceMs > KILLED_MS;
  };
  if (running.filter(isAble).length > 1) report(`${key} is exclusive, and runs twice`);
  const entitled = running.filter(({ machine }) =>
    machine.leases.some(
      (lease) =>
        lease.key === key && lease.sentMs !== undefined && nowMs - lease.sentMs < lease.ttlMs,
    ),
  );
  if (entitled.length > 1) report(`${key} is exclusive, and two of its copies have a right to run`);
}
