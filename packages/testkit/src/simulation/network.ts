import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** How badly a network behaves. */
export interface NetworkFaults {
  loss: number;
  duplication: number;
  /** share of messages that take up to two seconds, some of them ten, and so arrive out of order */
  straggling: number;
}

export const PERFECT_NETWORK: NetworkFaults = { loss: 0, duplication: 0, straggling: 0 };

/** `up`: from the child to its parent. */
export type Direction = "up" | "down";

/**
 * Links are named after their lower end: a worker's to its cluster, a cluster's to the root. Messages of
 * one link overtake each other.
 */
export interface SimulatedNetwork {
  faults: NetworkFaults;
  /** links that carry nothing in this direction at the moment */
  cut: Record<Direction, Set<string>>;
  /** The link keeps what it is given, until it is told to go on: then all of that arrives, in any order. */
  stall(link: string, direction: Direction): void;
  goOn(link: string, direction: Direction): void;
  /** Delivers zero, one or two times, later. */
  send(link: string, direction: Direction, deliver: () => void): void;
  /** A child's request with its answer; rejects when either was lost, after `timeoutMs`. */
  call<T>(link: string, handle: () => Promise<T>, timeoutMs: number): Promise<T>;
}

/** What was kept arrives within this time. */
const JUMBLE_MS = 1500;

export function createNetwork(time: VirtualTime, random: SeededRandom): SimulatedNetwork {
  const cut = { up: new Set<string>(), down: new Set<string>() };
  const delayMs = (faults: NetworkFaults): number => {
    if (!random.chance(faults.straggling)) return random.between(1, 20);
    return random.chance(0.1) ? random.between(2000, 10_000) : random.between(100, 2000);
  };
  const kept = { up: new Map<string, (() => void)[]>(), down: new Map<string, (() => void)[]>() };
  const network: SimulatedNetwork = {
    faults: PERFECT_NETWORK,
    cut,
    stall: (link, direction) => {
      if (!kept[direction].has(link)) kept[direction].set(link, []);
    },
    goOn: (link, direction) => {
      const messages = kept[direction].get(link) ?? [];
      kept[direction].delete(link);
      for (const arrive of messages) time.after(random.between(1, JUMBLE_MS), arrive);
    },
    send: (link, direction, deliver) => {
      const { faults } = network;
      const arrive = (): void => {
        const waiting = kept[direction].get(link);
        if (waiting !== undefined) waiting.push(arrive);
        else if (!cut[direction].has(link)) deliver();
      };
      const isLost = random.chance(faults.loss) || cut[direction].has(link);
      if (!isLost) time.after(delayMs(faults), arrive);
      if (!random.chance(faults.duplication)) return;
      // The second one may come when all that it was about is over.
      time.after(random.chance(0.5) ? delayMs(faults) : random.between(500, 10_000), arrive);
    },
    call: (link, handle, timeoutMs) =>
      new Promise((resolve, reject) => {
        const cancel = time.after(timeoutMs, () => reject(new Error("no answer")));
        const answer = (settle: () => void): void => {
          network.send(link, "down", () => {
            cancel();
            settle();
          });
        };
        network.send(link, "up", () => {
          handle().then(
            (value) => answer(() => resolve(value)),
            (error: unknown) => answer(() => reject(error)),
          );
        });
      }),
  };
  return network;
}
