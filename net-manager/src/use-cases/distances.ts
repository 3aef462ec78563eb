import { type Clock, createLoop, type Logger, type Loop, type Metrics } from "@oak/kit";
import type { KnownService } from "../domain/known-service.ts";
import { nextRoundTrip, type RoundTrip } from "../domain/round-trip.ts";
import { mostWorkersOfService, workersToMeasure } from "../domain/workers-to-measure.ts";
import type { Subnet } from "../ports.ts";
import type { TranslationTable } from "./translation-table.ts";

/** How far the workers are that closest addresses in use may lead to. Others are not measured. */
export interface Distances {
  readonly loop: Loop;
  /** New connections were made to this address. */
  use(address: string): void;
  /** Smoothed, ms; undefined: not measured. */
  rttTo(workerKey: string): number | undefined;
  /** Workers that are measured and do not answer: perhaps they do not know where to. */
  silent(): ReadonlySet<string>;
  clear(): void;
}

export interface DistancesOptions {
  table: Pick<TranslationTable, "named" | "withAddress" | "measured" | "ownCluster">;
  subnet(): Subnet | undefined;
  /** One answer of a worker, ms; undefined: none came. */
  probe(workerKey: string): Promise<number | undefined>;
  /** There are workers that were not measured yet: those that do not know us are told. */
  introduce(): void;
  everyMs: number;
  /** After which an address that nobody asks for is not measured for. */
  idleMs: number;
  clock: Clock;
  random(): number;
  logger: Logger;
  metrics: Metrics;
}

/** In a round; services beyond take turns. */
const mostWorkers = 2 * mostWorkersOfService;
const probesAtOnce = 8;
/** The shortest of so many: each may have met a queue, or a busy moment of this process. */
const probesOfWorker = 3;
/** As long as a word to another worker takes. */
const introductionMs = 300;

interface Measured {
  trip?: RoundTrip | undefined;
  isAnswering: boolean;
}

export function createDistances(options: DistancesOptions): Distances {
  const { table, clock, idleMs } = options;
  const usedAtMs = new Map<string, number>();
  const workers = new Map<string, Measured>();

  const workersOf = (name: string): string[] => {
    const service = table.named(name);
    const own = options.subnet()?.v4;
    if (service === undefined || own === undefined) return [];
    return workersToMeasure(service, { key: own, clusterId: table.ownCluster() });
  };

  const dropIdle = (): void => {
    const limitMs = clock.monotonicMs() - idleMs;
    for (const [name, atMs] of usedAtMs) {
      if (atMs <= limitMs || table.named(name) === undefined) usedAtMs.delete(name);
    }
    const needed = new Set([...usedAtMs.keys()].flatMap(workersOf));
    for (const key of workers.keys()) if (!needed.has(key)) workers.delete(key);
  };

  const measure = async (key: string): Promise<void> => {
    let shortestMs: number | undefined;
    for (let probe = 0; probe < probesOfWorker; probe += 1) {
      const ms = await options.probe(key);
      if (ms === undefined) break;
      shortestMs = Math.min(ms, shortestMs ?? ms);
    }
    const before = workers.get(key);
    // Meanwhile everything may have been forgotten.
    if (before === undefined) return;
    const trip = nextRoundTrip(before.trip, shortestMs);
    workers.set(key, { trip, isAnswering: shortestMs !== undefined });
  };

  const meet = async (keys: readonly string[]): Promise<void> => {
    const strangers = keys.filter((key) => !workers.has(key));
    if (strangers.length === 0) return;
    for (const key of strangers) workers.set(key, { isAnswering: false });
    options.introduce();
    await new Promise<void>((resolve) => void clock.setTimer(introductionMs, resolve));
  };

  /** Of the services that wait longest, as many as there is room for. */
  const nextTurn = (): { names: string[]; keys: string[] } => {
    const names: string[] = [];
    const keys = new Set<string>();
    for (const [name, atMs] of [...usedAtMs]) {
      const own = workersOf(name);
      if (keys.size + own.length > mostWorkers) break;
      for (const key of own) keys.add(key);
      if (own.length > 0) names.push(name);
      usedAtMs.delete(name);
      usedAtMs.set(name, atMs);
    }
    return { names, keys: [...keys] };
  };

  const round = async (signal: AbortSignal): Promise<void> => {
    dropIdle();
    const { names, keys } = nextTurn();
    await meet(keys);
    const rest = [...keys];
    const measureRest = async (): Promise<void> => {
      for (let key = rest.pop(); key !== undefined; key = rest.pop()) {
        if (!signal.aborted) await measure(key);
      }
    };
    await Promise.all(Array.from({ length: probesAtOnce }, measureRest));
    if (!signal.aborted) for (const name of names) table.measured(name);
  };

  const loop = createLoop({
    ...options,
    name: "distances",
    startDelayMs: options.everyMs,
    run: round,
  });
  return {
    loop,
    use: (address) => {
      const service = table.withAddress(address);
      if (service === undefined || !isClosest(service, address)) return;
      const isNew = !usedAtMs.has(service.name);
      usedAtMs.set(service.name, clock.monotonicMs());
      if (isNew) loop.trigger();
    },
    rttTo: (key) => workers.get(key)?.trip?.ms,
    silent: () =>
      new Set([...workers].filter(([, { isAnswering }]) => !isAnswering).map(([key]) => key)),
    clear: () => {
      usedAtMs.clear();
      workers.clear();
    },
  };
}

function isClosest({ addresses }: KnownService, address: string): boolean {
  return addresses.some(
    ({ policy, addresses: { v4, v6 } }) =>
      policy === "Closest" && (v4 === address || v6 === address),
  );
}
