import { updatesTopic } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import type { ClusterLink } from "../cluster/cluster-link.ts";

/** Which services the broker tells us of. */
export interface Subscriptions {
  add(jobName: string): void;
  /** The connection is new, and knows none of them. */
  addAll(jobNames: readonly string[]): void;
  remove(jobName: string): void;
  clear(): void;
}

export interface SubscriptionsOptions {
  link: Pick<ClusterLink, "isUp" | "subscribe" | "unsubscribe">;
  /** What has changed until now was told to nobody. */
  onAdded(jobName: string): void;
  clock: Pick<Clock, "setTimer">;
}

const topicsAtOnce = 100;
/** A broker limits how many a worker may have. Whatever is beyond that is looked at now and then. */
const againMs = 30_000;

export function createSubscriptions({ link, onAdded, clock }: SubscriptionsOptions): Subscriptions {
  /** What ends the wait for the next attempt. */
  const wanted = new Map<string, () => void>();

  const subscribe = async (names: readonly string[]): Promise<void> => {
    const isHeard = await link.subscribe(names.map(updatesTopic));
    // The next connection begins anew.
    if (!link.isUp()) return;
    for (const name of names) {
      const cancel = wanted.get(name);
      if (cancel === undefined) continue;
      cancel();
      if (!isHeard)
        wanted.set(
          name,
          clock.setTimer(againMs, () => void subscribe([name])),
        );
      onAdded(name);
    }
  };
  const note = (name: string): void => {
    wanted.get(name)?.();
    wanted.set(name, () => undefined);
  };

  return {
    add: (name) => {
      note(name);
      void subscribe([name]);
    },
    addAll: (names) => {
      names.forEach(note);
      const inTurn = async (): Promise<void> => {
        for (let index = 0; index < names.length; index += topicsAtOnce) {
          await subscribe(names.slice(index, index + topicsAtOnce));
        }
      };
      void inTurn();
    },
    remove: (name) => {
      wanted.get(name)?.();
      wanted.delete(name);
      link.unsubscribe(updatesTopic(name));
    },
    clear: () => {
      for (const cancel of wanted.values()) cancel();
      wanted.clear();
    },
  };
}
