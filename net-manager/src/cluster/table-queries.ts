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
   * must be `fresh`: asked no earlier than now. `take` gets the answer in its turn among the messages: whoever waits for the
   * promise may hear of a later message first. Rejects with NoAnswerError.
   */
  ask(
    key: TableKey,
    options?: { fresh?: boolean; take?: (result: TableResult) => void },
  ): Promise<TableResult | undefined>;
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
  takers: ((result: TableResult) => void)[];
  settle(result: TableResult): void;
  giveUp(): void;
}

const defaultTimeoutMs = 5_000;
const defaultRepeatMs = 1_500;

export function createTableQueries(options: TableQueriesOptions): TableQueries {
  const { send, clock, timeoutMs = defaultTimeoutMs, repeatMs = defaultRepeatMs } = options;
  const pending = new Map<string, Pending>();

  const begin = (key: string, query: TableQuery): Pending => {
    const takers: Pending["takers"] = [];
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
        if (result.app_name === "") return resolve(undefined);
        try {
          for (const take of takers) take(result);
          resolve(result);
        } catch (err) {
          reject(err);
        }
      };
      repeat();
    });
    const asked: Pending = { query, promise, takers, settle, giveUp };
    pending.set(key, asked);
    send(query);
    return asked;
  };

  const ask: TableQueries["ask"] = async (wanted, { fresh = false, take } = {}) => {
    const query = queryOf(wanted);
    const key = keyOf(query);
    // The answer to an open question may be older than what made us ask; answers come in the order of the questions.
    if (fresh) await pending.get(key)?.promise.catch(() => undefined);
    const asked = pending.get(key) ?? begin(key, query);
    if (take !== undefined) asked.takers.push(take);
    return asked.promise;
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
