import type { OnDisconnect } from "@oak/contracts";
import {
  DISASTERS,
  type Disaster,
  type DrawnService,
  MISHAPS,
  type Mishap,
  type Removal,
  type Scenario,
} from "./scenario.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Policies for silence that services are drawn from. */
const POLICIES: readonly (OnDisconnect | "default")[] = [
  "default",
  "default",
  "replace",
  "keep",
  "exclusive",
];

/** How often each mishap comes to a system that knows it, and how many of them do. */
const RATES: Record<Mishap, { likelihood: number; low: number; high: number }> = {
  kill: { likelihood: 0.7, low: 1500, high: 6000 },
  killStorm: { likelihood: 0.2, low: 4000, high: 9000 },
  exile: { likelihood: 0.15, low: 5000, high: 12_000 },
  freeze: { likelihood: 0.35, low: 2500, high: 8000 },
  powerCut: { likelihood: 0.4, low: 4000, high: 12_000 },
  linkCut: { likelihood: 0.5, low: 2500, high: 9000 },
  longCut: { likelihood: 0.1, low: 1500, high: 9000 },
  flapping: { likelihood: 0.2, low: 3000, high: 9000 },
  stall: { likelihood: 0.3, low: 2500, high: 9000 },
  brokerOutage: { likelihood: 0.2, low: 4000, high: 12_000 },
  workloadDeath: { likelihood: 0.4, low: 1500, high: 6000 },
  clockStep: { likelihood: 0.15, low: 3000, high: 9000 },
};

/** So rare that it does not happen. */
const NEVER = Number.POSITIVE_INFINITY;

/** Without updates, which are drawn by themselves. */
export function drawScenario(random: SeededRandom, disaster?: Disaster): Omit<Scenario, "updates"> {
  const clusters = drawClusters(random);
  const services = Array.from({ length: random.between(1, 4) }, () => drawService(random));
  const faultyMs = random.chance(0.15)
    ? random.between(12_000, 25_000)
    : random.between(4000, 12_000);
  const cores = coresOf(clusters.flat());
  const largest = Math.max(...clusters.flat());
  const removal = drawRemoval(random, clusters, faultyMs);
  // What is asked for must have a place without an unfit worker, and without what is removed.
  const left = cores - (removal === undefined ? 0 : coresOfRemoval(removal, clusters));
  const hasUnfit = left > 2 * largest && random.chance(0.3);
  const room = hasUnfit ? left - largest : left;
  const struck = disaster ?? (random.chance(0.3) ? random.pick(DISASTERS) : "none");
  const every = { ...drawMishaps(random), request: random.pick([100, 250, 600]) };
  return {
    ...{ clusters, services, faultyMs, removal, every },
    unfit: hasUnfit ? [drawUnfit(random, clusters, services.length)] : [],
    mostMembers: Math.max(1, Math.floor(room * random.pick([1, 0.6, 0.6]))),
    network: {
      loss: random.pick([0, 0.02, 0.05, 0.2]),
      duplication: random.pick([0, 0.05, 0.2]),
      straggling: random.pick([0, 0.05, 0.3]),
    },
    store: { crash: random.pick([0, 0.003, 0.01]), failure: random.pick([0, 0, 0.01, 0.05]) },
    storms: random.pick([0, 0, 0.1]),
    moves: random.pick([0, 0.1, 0.4]),
    longAbsences: random.pick([0, 0.3, 0.6]),
    hasLastWills: random.chance(0.5),
    // What is to last longer than anybody waits must not end with the time of mishaps.
    isRelieved: random.chance(0.7) && every.longCut === NEVER,
    disaster: struck,
    // While a cluster is away, an older root may count past what that one has followed, and never know.
    isStruckInTrouble: random.chance(0.4) && struck !== "root-restore",
  };
}

function drawService(random: SeededRandom): DrawnService {
  const onDisconnect = random.pick(POLICIES);
  const isOneShot = random.chance(0.2);
  return onDisconnect === "default" ? { isOneShot } : { isOneShot, onDisconnect };
}

function drawMishaps(random: SeededRandom): Record<Mishap, number> {
  const every = {} as Record<Mishap, number>;
  for (const kind of MISHAPS) {
    const { likelihood, low, high } = RATES[kind];
    every[kind] = random.chance(likelihood) ? random.between(low, high) : NEVER;
  }
  return every;
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

function drawRemoval(
  random: SeededRandom,
  clusters: number[][],
  faultyMs: number,
): Removal | undefined {
  const cluster = random.between(0, clusters.length - 1);
  const atMs = random.between(1000, faultyMs);
  const isComingBack = random.chance(0.5);
  if (clusters.length > 1 && random.chance(0.1)) {
    return { of: "cluster", cluster, atMs, isComingBack };
  }
  const hasEnough = coresOf(clusters.flat()) > 2 * Math.max(...clusters.flat());
  if (!hasEnough || !random.chance(0.15)) return undefined;
  return { of: "worker", cluster, atMs, isComingBack };
}

function coresOfRemoval({ of, cluster }: Removal, clusters: number[][]): number {
  return of === "worker" ? Math.max(...clusters.flat()) : coresOf(clusters[cluster] ?? []);
}

const coresOf = (workers: readonly number[]): number =>
  workers.reduce((sum, count) => sum + count, 0);
