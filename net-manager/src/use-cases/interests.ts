import type { TableResult } from "@oak/contracts";
import type { Clock, Logger } from "@oak/kit";
import type { ClusterLink } from "../cluster/cluster-link.ts";
import type { TableKey, TableQueries } from "../cluster/table-queries.ts";
import type { KnownService } from "../domain/known-service.ts";
import { createSubscriptions } from "./subscriptions.ts";
import type { TranslationTable } from "./translation-table.ts";

/** The services that something here needs to know of, kept as the cluster has them. */
export interface Interests {
  /**
   * Asks the cluster, and from then on hears of changes. Undefined: there is no such thing, or the cluster could not find
   * out. Rejects with NoAnswerError.
   */
  resolve(key: TableKey): Promise<KnownService | undefined>;
  /** Learns a service by its name and keeps it, also while the cluster does not know it yet. */
  want(name: string): void;
  /** Asks again soon, once for any number of calls. */
  refresh(name: string): void;
  /** The cluster has told of a change, and perhaps what the service is now. */
  updated(name: string, table?: TableResult): void;
  /** It is in use. */
  touch(name: string): void;
  /** From a process before this one: kept until the cluster answers. */
  adopt(name: string): void;
  /** There is a new connection: everything is asked again. */
  onUp(): void;
  /** Ends what was not in use for long. */
  dropIdle(): Promise<void>;
  names(): string[];
  clear(): void;
}

export interface InterestsOptions {
  link: Pick<ClusterLink, "isUp" | "send" | "subscribe" | "unsubscribe">;
  queries: TableQueries;
  table: TranslationTable;
  /** Addresses that connections lead to. */
  busy(): Promise<ReadonlySet<string>>;
  /** Something of it is attached here, or it has one of these addresses. */
  isHeld(service: string, busy: ReadonlySet<string>): boolean;
  /** The table of this service is new. */
  onLearned(service: string): void;
  clock: Clock;
  logger: Logger;
  idleMs: number;
}

interface Interest {
  usedAtMs: number;
  /** How often the cluster said that there is no such service. */
  misses: number;
  cancelRetry?: (() => void) | undefined;
}

/** After a reconnection many services are asked for at once, and the broker limits what is in flight. */
const mostAtOnce = 32;
const retryMs = 5_000;
/** A cluster that could not reach its root says the same as one where a service is deleted. */
const missesToForget = 3;

export function createInterests(options: InterestsOptions): Interests {
  const { link, queries, table, clock, logger, idleMs } = options;
  const interests = new Map<string, Interest>();
  const waiting = new Set<string>();
  const running = new Set<string>();
  /** The end of these could not be said. */
  const unsaid = new Set<string>();

  const take = (result: TableResult): KnownService => {
    const name = result.app_name;
    const service = table.learn(result);
    const isNew = !interests.has(name);
    note(name).misses = 0;
    options.onLearned(name);
    if (isNew) subscriptions.add(name);
    return service;
  };

  const note = (name: string): Interest => {
    const known = interests.get(name) ?? { usedAtMs: clock.monotonicMs(), misses: 0 };
    interests.set(name, known);
    unsaid.delete(name);
    return known;
  };

  const refresh = (name: string): void => {
    if (!interests.has(name)) return;
    waiting.add(name);
    startNext();
  };

  const subscriptions = createSubscriptions({
    link,
    onAdded: refresh,
    clock,
  });

  const startNext = (): void => {
    for (const name of waiting) {
      if (running.size >= mostAtOnce) return;
      // One at a time of each; a call meanwhile is another question after this one.
      if (running.has(name)) continue;
      waiting.delete(name);
      running.add(name);
      void ask(name).finally(() => {
        running.delete(name);
        startNext();
      });
    }
  };

  const ask = async (name: string): Promise<void> => {
    try {
      const takeIfWanted = (result: TableResult): void => {
        if (interests.has(name)) take(result);
      };
      const result = await queries.ask({ name }, { fresh: true, take: takeIfWanted });
      if (result === undefined && interests.has(name)) await miss(name);
    } catch (err) {
      logger.debug({ service: name, err }, "a service was not refreshed");
      retryLater(name);
    }
  };

  const miss = async (name: string): Promise<void> => {
    const interest = interests.get(name);
    if (interest === undefined) return;
    interest.misses += 1;
    const isLast = interest.misses >= missesToForget;
    if (!isLast || options.isHeld(name, await options.busy())) retryLater(name);
    else if (interests.get(name) === interest) drop(name, "unknown");
  };

  const retryLater = (name: string): void => {
    const interest = interests.get(name);
    if (interest === undefined) return;
    interest.cancelRetry?.();
    interest.cancelRetry = clock.setTimer(retryMs, () => refresh(name));
  };

  const drop = (name: string, reason: "idle" | "unknown"): void => {
    interests.get(name)?.cancelRetry?.();
    interests.delete(name);
    waiting.delete(name);
    table.forget(name);
    subscriptions.remove(name);
    if (!link.send("interestRemove", { appname: name })) unsaid.add(name);
    logger.debug({ service: name, reason }, "a service is of no interest any more");
  };

  return {
    resolve: async (key) => {
      const result = await queries.ask(key, { take });
      return result && table.named(result.app_name);
    },
    want: (name) => {
      const isNew = !interests.has(name);
      note(name).usedAtMs = clock.monotonicMs();
      if (isNew) subscriptions.add(name);
      else refresh(name);
    },
    refresh,
    updated: (name, table) => {
      // An answer that is still to come was made after this; messages of the cluster keep their order.
      if (table === undefined) refresh(name);
      else if (interests.has(name)) take(table);
    },
    touch: (name) => {
      const interest = interests.get(name);
      if (interest !== undefined) interest.usedAtMs = clock.monotonicMs();
    },
    adopt: (name) => void note(name),
    onUp: () => {
      for (const name of unsaid)
        if (link.send("interestRemove", { appname: name })) unsaid.delete(name);
      subscriptions.addAll([...interests.keys()]);
    },
    dropIdle: async () => {
      const limitMs = clock.monotonicMs() - idleMs;
      const isIdle = ({ usedAtMs }: Interest): boolean => usedAtMs <= limitMs;
      if (![...interests.values()].some(isIdle)) return;
      const busy = await options.busy();
      for (const [name, interest] of interests) {
        if (!isIdle(interest)) continue;
        // All connections of the host are looked at for this: not again before another whole pause.
        if (options.isHeld(name, busy)) interest.usedAtMs = clock.monotonicMs();
        else drop(name, "idle");
      }
    },
    names: () => [...interests.keys()],
    clear: () => {
      for (const { cancelRetry } of interests.values()) cancelRetry?.();
      interests.clear();
      subscriptions.clear();
      waiting.clear();
      unsaid.clear();
    },
  };
}
