import type { Job } from "@oak/contracts";
import { wantedCount } from "@oak/core";
import { aJob, serviceId } from "./a-job.ts";
import type { FrontDoor } from "./front-door.ts";
import type { Intent } from "./intent.ts";
import { orphanKeys } from "./orphans.ts";
import type { RootProcess } from "./root-process.ts";
import type { World } from "./world.ts";

/** The user: asks for more and less, and remembers what was promised. */
export interface User {
  /** One request, or a storm of them. */
  act(): void;
  requests(): number;
  /** How many instances more may be asked for. */
  room(): number;
  /** Asks for so many in all, which counts until it has been answered or can not come about any more. */
  claim(jobId: string, claim: Claim): void;
}

export interface Claim {
  replicas: number;
  answer: Promise<unknown>;
  isServed(): boolean;
}

const STORM = 12;
/** So long after its process has died, or has said that it failed, a request has happened, or never will. */
const OPEN_MS = 2500;

/** A request for more that nobody has confirmed. */
interface OpenRequest {
  /** undefined while an answer may come */
  overSinceMs: number | undefined;
  isServed(): boolean;
  /** absent: one instance more */
  total?: { jobId: string; replicas: number };
}

export function createUser(world: World, intent: Intent): User {
  const { random, scenario, rootDisk } = world;
  let requests = 0;
  let services = scenario.services.length;
  let open: OpenRequest[] = [];

  const act = (): void => {
    const door = world.root.process;
    if (door === undefined || !door.isReady()) return;
    const count = random.chance(scenario.storms) ? STORM : 1;
    for (let index = 0; index < count; index += 1) request(door);
  };

  const request = ({ frontDoor: door, life }: RootProcess): void => {
    requests += 1;
    const jobs = [...rootDisk.jobs.values()].filter((job) => !job.deleted);
    const members = taken(jobs);
    if (jobs.length === 0 || random.chance(0.03)) {
      addJob(door);
      return;
    }
    const job = random.pick(jobs);
    if (job.members.length > 0 && random.chance(scenario.moves)) {
      move(door, job, random.pick(job.members));
      return;
    }
    if (random.chance(0.03)) {
      deleteJob(door, job);
      return;
    }
    // Most of the time the system is nearly full: what fails then has something to lose.
    const likelihood = members < 0.7 * scenario.mostMembers ? 0.9 : 0.5;
    const grows = members < most() && random.chance(members === 0 ? 1 : likelihood);
    if (grows) grow(door, job, life.isAlive);
    else if (job.members.length > 0) shrink(door, job, random.pick(job.members));
  };

  /** An orphan may be on its way from one cluster to another, and is nowhere to be counted then. */
  const most = (): number => scenario.mostMembers - (world.struck.has("root") ? 1 : 0);

  const taken = (jobs: readonly Job[]): number => {
    const others = pending();
    const claims = (id: string): number[] =>
      open.flatMap(({ total }) => (total?.jobId === id ? [total.replicas] : []));
    const counts = jobs.map((job) =>
      Math.max(job.members.length, wantedCount(job), ...claims(job._id)),
    );
    return counts.reduce((sum, count) => sum + count, 0) + others + orphans();
  };

  /** They take room as well. */
  const orphans = (): number => {
    if (world.struck.size + world.estranged.size === 0) return 0;
    const wanted = intent.wanted();
    return orphanKeys(world, (key) => wanted.has(key)).size;
  };

  const pending = (): number => {
    const nowMs = world.time.nowMs();
    for (const one of open) if (!one.isServed()) one.overSinceMs ??= nowMs;
    open = open.filter(({ overSinceMs = nowMs }) => nowMs - overSinceMs < OPEN_MS);
    return open.filter(({ total }) => total === undefined).length;
  };

  const grow = (door: FrontDoor, job: Job, isServed: () => boolean): void => {
    const answer = door.addMember(job._id);
    intent.adding(answer, job._id);
    watch({ overSinceMs: undefined, isServed }, answer);
  };

  const watch = (one: OpenRequest, answer: Promise<unknown>): void => {
    open.push(one);
    answer.then(
      () => {
        open = open.filter((other) => other !== one);
      },
      () => {
        one.overSinceMs = world.time.nowMs();
      },
    );
  };

  const shrink = (door: FrontDoor, job: Job, number: number): void =>
    intent.removing(job._id, number, door.removeMember(job._id, number));

  const move = (door: FrontDoor, job: Job, number: number): void => {
    const node = random.chance(0.5) ? random.pick([...world.workers.values()]).machine.id : null;
    const drain_s = random.pick([0, 0.5, 3]);
    door.moveInstance(job._id, number, { node, drain_s }).catch(() => undefined);
  };

  const addJob = (door: FrontDoor): void => {
    const job = aJob(serviceId(services), { isOneShot: random.chance(0.2) });
    services += 1;
    door.addJob(job).catch(() => undefined);
  };

  const deleteJob = (door: FrontDoor, job: Job): void =>
    intent.removingJob(job._id, door.deleteJob(job._id));

  return {
    act,
    requests: () => requests,
    room: () => most() - taken([...rootDisk.jobs.values()].filter((job) => !job.deleted)),
    claim: (jobId, { replicas, answer, isServed }) =>
      watch({ overSinceMs: undefined, isServed, total: { jobId, replicas } }, answer),
  };
}
