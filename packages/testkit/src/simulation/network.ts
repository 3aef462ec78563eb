import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** How badly a network behaves. */
export interface NetworkFaults {
  loss: number;
  duplication: number;
  /** share of messages that take up to two seconds, and so arrive out of order */
  straggling: number;
}

export const PERFECT_NETWORK: NetworkFaults = { loss: 0, duplication: 0, straggling: 0 };

export interface SimulatedNetwork {
  faults: NetworkFaults;
  /** Delivers zero, one or two times, later. */
  send(deliver: () => void): void;
  /** A request with its answer; rejects when either was lost, after `timeoutMs`. */
  call<T>(handle: () => Promise<T>, timeoutMs: number): Promise<T>;
}

export function createNetwork(time: VirtualTime, random: SeededRandom): SimulatedNetwork {
  const delayMs = (faults: NetworkFaults): number =>
    random.chance(faults.straggling) ? random.between(100, 2000) : random.between(1, 20);
  const network: SimulatedNetwork = {
    faults: PERFECT_NETWORK,
    send: (deliver) => {
      const { faults } = network;
      if (!random.chance(faults.loss)) time.after(delayMs(faults), deliver);
      if (random.chance(faults.duplication)) time.after(delayMs(faults), deliver);
    },
    call: (handle, timeoutMs) =>
      new Promise((resolve, reject) => {
        const cancel = time.after(timeoutMs, () => reject(new Error("no answer")));
        const answer = (settle: () => void): void => {
          network.send(() => {
            cancel();
            settle();
          });
        };
        network.send(() => {
          handle().then(
            (value) => answer(() => resolve(value)),
            (error: unknown) => answer(() => reject(error)),
          );
        });
      }),
  };
  return network;
}
