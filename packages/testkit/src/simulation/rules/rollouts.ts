import { instanceKey, type Job, type Rollout } from "@oak/contracts";
import { isUnderWay, jobOfMember, revisionOf } from "@oak/core";
import { ROLLOUT_SETTINGS } from "../hurried-times.ts";
import type { Report, Rule } from "../judge.ts";
import type { World } from "../world.ts";
import { type Readiness, watchReadiness } from "./readiness.ts";

/**
 * A rollout takes nothing away that a service needs: with it there are never more instances than `replicas + maxSurge`, it
 * never leaves fewer ready ones than `replicas - maxUnavailable`, and it ends with what was asked for. What an outage
 * takes it does not answer for; when nothing else is the matter, so many really run at any moment.
 */
export function createRolloutRules(world: World, report: Report): Rule {
  if (world.scenario.updates === undefined) return {};
  const readiness = watchReadiness(world);
  world.onRolloutStep.push((before, after) => {
    const { rollout_state: was } = before;
    const { rollout_state: rollout } = after;
    if (was === undefined || rollout === undefined) return;
    if (was.replicas !== rollout.replicas) report(`a rollout of ${after._id} changed its count`);
    checkCeiling(before, after, report);
    checkFloor({ before, after, rollout }, readiness, report);
    if (!isUnderWay(rollout)) checkEnd(after, rollout, report);
  });
  watchRevisions(world, report);
  return watchServing(world, report);
}

const MOST_WRONG = 10;

function checkCeiling(before: Job, after: Job, report: Report): void {
  const { rollout_state: rollout, members } = after;
  if (rollout === undefined || members.length <= before.members.length) return;
  const most = rollout.replicas + rollout.max_surge;
  if (members.length > most)
    report(`a rollout of ${after._id} wants ${members.length} instances, at most ${most}`);
}

interface Step {
  before: Job;
  after: Job;
  rollout: Rollout;
}

function checkFloor({ before, after, rollout }: Step, ready: Readiness, report: Report): void {
  const { _id: id, members, spec_rev, one_shot } = after;
  // What ends by itself serves nobody all the time.
  if (one_shot === true) return;
  const keyOf = (number: number) => instanceKey(id, number);
  const taken = before.members.filter((number) => !members.includes(number));
  if (!taken.some((number) => ready.isSurelyReady(keyOf(number)))) return;
  const left = members.filter((number) => {
    const isNew = revisionOf(after, number) === spec_rev;
    return ready.wasReady(keyOf(number), isNew ? ROLLOUT_SETTINGS.readyS * 1000 : 0);
  });
  const least = rollout.replicas - rollout.max_unavailable;
  if (left.length >= least) return;
  report(`a rollout of ${id} leaves ${left.length} ready instances, at least ${least} are due`);
}

function checkEnd(after: Job, { state, replicas, ...rollout }: Rollout, report: Report): void {
  const { _id: id, members } = after;
  if (members.length !== replicas) {
    report(`a rollout of ${id} ended with ${members.length} instances in place of ${replicas}`);
  }
  if (state === "failed") return;
  const revision = state === "completed" ? rollout.revision : rollout.from_revision;
  const others = members.filter((number) => revisionOf(after, number) !== revision);
  if (others.length > 0) {
    report(
      `a rollout of ${id} is ${state} with instances ${others.slice(0, MOST_WRONG)} of others`,
    );
  }
}

/** Wherever and however often it is started, an instance is made of its own revision. */
function watchRevisions(world: World, report: Report): void {
  const { rootDisk, workers } = world;
  for (const { machine } of workers.values()) {
    machine.containers.onChange((key, before, after) => {
      if (after === undefined || after.id === before?.id || world.struck.size > 0) return;
      const [id = "", number] = key.split("/");
      const job = rootDisk.jobs.get(id);
      if (job?.deleted !== false || !job.members.includes(Number(number))) return;
      const { image } = jobOfMember(job, Number(number));
      if (after.image !== image) report(`${key} was made of ${after.image} in place of ${image}`);
    });
  }
}

/** While services are only updated, what serves is counted where it runs. */
function watchServing(world: World, report: Report): Rule {
  const { rootDisk, workers } = world;
  const changed = new Set<string>();
  const note = (key: string): void => {
    if (world.isOnlyUpdated) changed.add(key.split("/", 1)[0] ?? "");
  };
  rootDisk.jobs.onChange(note);
  for (const { machine } of workers.values()) machine.containers.onChange(note);
  const isServing = (key: string): boolean =>
    [...workers.values()].some(({ machine }) => machine.containers.get(key)?.isRunning === true);
  return {
    check: () => {
      if (changed.size === 0) return;
      for (const id of changed) {
        const job = rootDisk.jobs.get(id);
        const rollout = job?.rollout_state;
        if (job === undefined || job.one_shot === true || !isUnderWay(rollout)) continue;
        // An agent that stood still for long may end its copies only now.
        if (job.onDisconnect === "exclusive") continue;
        const serving = job.members.filter((number) => isServing(instanceKey(id, number))).length;
        const least = rollout.replicas - rollout.max_unavailable;
        if (serving < least)
          report(`${serving} instances of ${id} serve, at least ${least} are due`);
      }
      changed.clear();
    },
  };
}
