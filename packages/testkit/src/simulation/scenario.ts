import type { NetworkFaults } from "./network.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { StoreFaults } from "./tier-store.ts";

/** What happens to a cluster's database once everything has settled. */
export const DISASTERS = ["none", "restore", "wipe"] as const;
export type Disaster = (typeof DISASTERS)[number];

/** What one seed plays: sizes, rates of faults, and what is asked for. Times are virtual milliseconds. */
export interface Scenario {
  /** cores of each worker of each cluster; an instance takes one */
  clusters: number[][];
  services: { isOneShot: boolean }[];
  /** worker and service, by their places above, that do not go together */
  unfit: { cluster: number; worker: number; service: number }[];
  /** instances asked for at once, at most */
  mostMembers: number;
  faultyMs: number;
  network: NetworkFaults;
  store: StoreFaults;
  every: Record<Mishap | "request", number>;
  /** share of requests that come as a storm */
  storms: number;
  /** share of dead processes that stay away for longer than silence is tolerated */
  longAbsences: number;
  hasLastWills: boolean;
  /** outages end with the time of mishaps, in place of lasting on for a while */
  isRelieved: boolean;
  disaster: Disaster;
}

/** What befalls the system now and then. */
export type Mishap =
  | "kill"
  | "killStorm"
  | "freeze"
  | "powerCut"
  | "linkCut"
  | "brokerOutage"
  | "workloadDeath"
  | "workerRemoval";

/** So rare that it does not happen. */
const NEVER = Number.POSITIVE_INFINITY;

export function drawScenario(random: SeededRandom, disaster?: Disaster): Scenario {
  const clusters = drawClusters(random);
  const services = Array.from({ length: random.between(1, 4) }, () => ({
    isOneShot: random.chance(0.2),
  }));
  const cores = clusters.flat().reduce((sum, count) => sum + count, 0);
  const largest = Math.max(...clusters.flat());
  // An unfit worker and a removed one each cost the room of one, and what is asked for must have a place.
  const hasUnfit = cores > 2 * largest && random.chance(0.3);
  const isRemoving = cores > 3 * largest && random.chance(0.3);
  const room = cores - largest * (Number(hasUnfit) + Number(isRemoving));
  return {
    ...{ clusters, services },
    unfit: hasUnfit ? [drawUnfit(random, clusters, services.length)] : [],
    mostMembers: Math.max(1, Math.floor(room * random.pick([1, 0.6, 0.6]))),
    faultyMs: random.between(6000, 25_000),
    network: {
      loss: random.pick([0, 0.02, 0.05, 0.2]),
      duplication: random.pick([0, 0.05, 0.2]),
      straggling: random.pick([0, 0.05, 0.3]),
    },
    store: { crash: random.pick([0, 0.003, 0.01]), failure: random.pick([0, 0, 0.01, 0.05]) },
    every: drawMishaps(random, isRemoving),
    storms: random.pick([0, 0, 0.1]),
    longAbsences: random.pick([0, 0.3, 0.6]),
    hasLastWills: random.chance(0.5),
    isRelieved: random.chance(0.7),
    disaster: disaster ?? (random.chance(0.15) ? random.pick(["restore", "wipe"]) : "none"),
  };
}

function drawMishaps(random: SeededRandom, isRemoving: boolean): Scenario["every"] {
  const often = (likelihood: number, low: number, high: number): number =>
    random.chance(likelihood) ? random.between(low, high) : NEVER;
  return {
    request: random.pick([200, 600, 1500]),
    kill: often(0.7, 2000, 8000),
    killStorm: often(0.2, 6000, 12_000),
    freeze: often(0.3, 4000, 10_000),
    powerCut: often(0.5, 5000, 15_000),
    linkCut: often(0.5, 4000, 12_000),
    brokerOutage: often(0.2, 6000, 15_000),
    workloadDeath: often(0.4, 2000, 8000),
    workerRemoval: isRemoving ? random.between(4000, 10_000) : NEVER,
  };
}

function drawClusters(random: SeededRandom): number[][] {
  const count = random.pick([1, 2, 2, 2, 3]);
  return Array.from({ length: count }, () =>
    Array.from({ length: random.between(1, 4) }, () => random.between(1, 4)),
  );
}

function drawUnfit(random: SeededRandom, clusters: number[][], services: number) {
  const cluster = random.between(0, clusters.length - 1);
  const worker = random.between(0, (clusters[cluster]?.length ?? 1) - 1);
  return { cluster, worker, service: random.between(0, services - 1) };
}
