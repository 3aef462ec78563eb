import type { Job, RolloutStrategy } from "@oak/contracts";
import { isUnderWay, wantedCount } from "@oak/core";
import { IMAGE_KINDS, type ImageKind, imageOf, kindOf } from "./images.ts";
import type { Intent } from "./intent.ts";
import type { DrawnUpdates } from "./rollout-scenario.ts";
import type { RootProcess } from "./root-process.ts";
import type { User } from "./user.ts";
import type { World } from "./world.ts";

/** Who steers services: gives them new images, good and bad ones, goes back, and scales, also in the middle of that. */
export interface Operator {
  /** Steers now and then, while mishaps are on. */
  start(): void;
  /** Updates each service, when everything is well. */
  updateAll(): void;
  /** Gives a service that is left with a bad image, or between two, one that runs. */
  mend(): void;
}

type Act = (root: RootProcess, job: Job) => void;

const SURE: RolloutStrategy = { maxSurge: 1, maxUnavailable: 1000 };

export function createOperator(
  world: World,
  { random, scenario }: DrawnUpdates,
  { intent, user }: { intent: Intent; user: User },
): Operator {
  const { rootDisk, time } = world;
  const mending = new Set<string>();
  let images = 0;

  const serviceOf = (job: Job, kind: ImageKind, replicas?: number): object => {
    images += 1;
    const { microservice_name, microservice_namespace, vcpus, memory, one_shot } = job;
    const { onDisconnect } = job;
    return {
      ...{ microservice_name, microservice_namespace, vcpus, memory },
      ...{ virtualization: "docker", code: imageOf(kind, images) },
      ...(one_shot === undefined ? {} : { one_shot }),
      ...(onDisconnect === undefined ? {} : { onDisconnect }),
      ...(replicas === undefined ? {} : { replicas }),
    };
  };

  const strategy = (): RolloutStrategy => {
    const maxUnavailable = random.pick([0, 0, 1, 2]);
    const maxSurge = random.pick([0, 1, 1, 2]);
    const pauseS = random.pick([0, 0, 0, 1.5]);
    return { maxUnavailable, pauseS, maxSurge: maxUnavailable === 0 ? maxSurge || 1 : maxSurge };
  };

  /**
   * A service without instances is made of anything at once: what could show that it is bad? And where a worker lets
   * good ones fail, there must be something to go back to.
   */
  const kind = (job: Job): ImageKind => {
    const mayBeBad = wantedCount(job) > 0 && world.scenario.unfit.length === 0;
    return mayBeBad && random.chance(scenario.bad) ? random.pick(IMAGE_KINDS) : "sound";
  };

  const update: Act = ({ steering }, job) => {
    steering.update(job._id, serviceOf(job, kind(job)), strategy()).catch(() => undefined);
  };
  const otherCount = (job: Job): number =>
    Math.max(0, wantedCount(job) + Math.min(random.between(-2, 2), user.room()));
  const updateAndScale: Act = ({ steering, life }, job) => {
    const replicas = otherCount(job);
    const document = serviceOf(job, kind(job), replicas);
    const answer = steering.update(job._id, document, strategy()).then(() => []);
    intent.scaling(job._id, answer);
    user.claim(job._id, { replicas, answer, isServed: life.isAlive });
  };
  const scale: Act = ({ steering, life }, job) => {
    const replicas = otherCount(job);
    const answer = steering.scale(job._id, replicas);
    intent.scaling(job._id, answer);
    user.claim(job._id, { replicas, answer, isServed: life.isAlive });
  };
  const rollBack: Act = ({ steering }, job) => {
    const before = job.rollout_state?.from_revision;
    steering.rollBack(job._id, random.chance(0.5) ? before : undefined).catch(() => undefined);
  };
  const acts: readonly Act[] = [
    ...[update, update, update, update, updateAndScale],
    ...[scale, scale, rollBack, rollBack],
  ];

  const living = (): Job[] => [...rootDisk.jobs.values()].filter((job) => !job.deleted);
  const rootNow = (): RootProcess | undefined => {
    const { process } = world.root;
    return process?.isReady() === true ? process : undefined;
  };
  const act = (): void => {
    const root = rootNow();
    const jobs = living();
    if (root !== undefined && jobs.length > 0) random.pick(acts)(root, random.pick(jobs));
  };

  return {
    start: () => {
      const again = (): void => {
        if (world.isFaulty) act();
        time.after(random.between(scenario.everyMs / 2, scenario.everyMs * 1.5), again);
      };
      again();
    },
    updateAll: () => {
      const root = rootNow();
      if (root === undefined) return;
      for (const job of living()) {
        // What is restless serves until it ends, for all that anybody can know.
        const image =
          kind(job) === "sound" ? "sound" : random.pick(["missing", "failing"] as const);
        const document = serviceOf(job, image);
        root.steering.update(job._id, document, strategy()).catch(() => undefined);
      }
    },
    mend: () => {
      const root = rootNow();
      if (root === undefined) return;
      for (const job of living()) {
        if (mending.has(job._id) || !isBroken(job)) continue;
        mending.add(job._id);
        const done = (): unknown => mending.delete(job._id);
        root.steering.update(job._id, serviceOf(job, "sound"), SURE).then(done, done);
        // A root that dies says nothing.
        time.after(5000, done);
      }
    },
  };
}

/** Left alone it stays as it is, and that is not well. */
function isBroken(job: Job): boolean {
  if (isUnderWay(job.rollout_state) || job.members.length === 0) return false;
  const isMixed = Object.keys(job.member_revisions ?? {}).length > 0;
  return isMixed || kindOf(job.image) !== "sound";
}
