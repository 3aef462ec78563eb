import type { TableQuery, TableResult } from "@oak/contracts";
import type { Clock } from "@oak/kit";

/** Nobody answered in time; what was asked for may exist or not. */
export class NoAnswerError extends Error {
  constructor(key: string) {
    super(`The cluster does not say what ${key} is`);
    this.name = "NoAnswerError";
  }
}

/** By name, or by service or instance address. */
export type TableKey = { name: string } | { address: string };

export interface TableQueries {
  /**
   * Undefined: the cluster knows nothing of it, or could not find out. Who asks the same shares the answer, unless it
   * must be `fresh`: asked no earlier than now. Rejects with NoAnswerError.
   */
  ask(key: TableKey, options?: { fresh?: boolean }): Promise<TableResult | undefined>;
  /** A `tablequery/result`. */
  answered(result: TableResult): void;
  /** There is a connection: what is open is asked again. */
  askAgain(): void;
  readonly open: number;
  /** Rejects what is open. */
  stop(): void;
}

export interface TableQueriesOptions {
  send(query: TableQuery): boolean;
  clock: Clock;
  timeoutMs?: number;
  /** A question may fall into a gap of the connection. */
  repeatMs?: number;
}

interface Pending {
  query: TableQuery;
  promise: Promise<TableResult | undefined>;
  settle(result: TableResult): void;
  giveUp(): void;
}

const defaultTimeoutMs = 5_000;
const defaultRepeatMs = 1_500;

export function createTableQueries(options: TableQueriesOptions): TableQueries {
  const { send, clock, timeoutMs = defaultTimeoutMs, repeatMs = defaultRepeatMs } = options;
  const pending = new Map<string, Pending>();

  const begin = (key: string, query: TableQuery): Promise<TableResult | undefined> => {
    let settle: Pending["settle"] = () => undefined;
    let giveUp = (): void => undefined;
    const promise = new Promise<TableResult | undefined>((resolve, reject) => {
      let cancelRepeat = (): void => undefined;
      const end = (): void => {
        cancelRepeat();
        cancelTimeout();
        pending.delete(key);
      };
      giveUp = () => {
        end();
        reject(new NoAnswerError(key));
      };
      const cancelTimeout = clock.setTimer(timeoutMs, giveUp);
      const repeat = (): void => {
        cancelRepeat = clock.setTimer(repeatMs, () => {
          send(query);
          repeat();
        });
      };
      settle = (result) => {
        end();
        resolve(result.app_name === "" ? undefined : result);
      };
      repeat();
    });
    pending.set(key, { query, promise, settle, giveUp });
    send(query);
    return promise;
  };

  const ask: TableQueries["ask"] = async (wanted, { fresh = false } = {}) => {
    const query = queryOf(wanted);
    const key = keyOf(query);
    const shared = pending.get(key);
    if (shared === undefined) return begin(key, query);
    if (!fresh) return shared.promise;
    // Its answer may be older than what made us ask; answers come in the order of the questions.
    await shared.promise.catch(() => undefined);
    return pending.get(key)?.promise ?? begin(key, query);
  };

  return {
    ask,
    answered: (result) => pending.get(result.query_key)?.settle(result),
    askAgain: () => {
      for (const { query } of pending.values()) send(query);
    },
    get open() {
      return pending.size;
    },
    stop: () => {
      for (const { giveUp } of pending.values()) giveUp();
    },
  };
}

function queryOf(key: TableKey): TableQuery {
  return "name" in key ? { sname: key.name, sip: "" } : { sname: "", sip: key.address };
}

function keyOf({ sname, sip }: TableQuery): string {
  return sip === "" ? sname : sip;
}
