import { setTimeout as delay } from "node:timers/promises";
import { ApiError } from "../api/api-error.ts";
import { UnreachableRoot } from "../api/unreachable.ts";

export interface PersistentStream<Item> {
  /** Begins where the last one was cut. @throws ApiError, UnreachableRoot */
  open(): Promise<AsyncIterable<Item>>;
  /** Whether to begin again once it has ended as it should. */
  goesOn(): Promise<boolean>;
  /** Told once for each time that the connection is lost, with the reason. */
  onLost(reason: string): void;
  /** Ends the waiting before the next attempt. */
  signal?: AbortSignal | undefined;
}

const shortestPauseMs = 250;
const longestPauseMs = 10_000;

/**
 * A stream that outlives its connections. Only what has worked once is begun again: a fault of the first attempt, and a refusal
 * at any time, are thrown. @throws AbortError
 */
export async function* persistent<Item>(stream: PersistentStream<Item>): AsyncGenerator<Item> {
  let hasWorked = false;
  let pauseMs = shortestPauseMs;
  let isLost = false;
  for (;;) {
    const once = attempt(stream, () => {
      hasWorked = true;
    });
    let next = await once.next();
    for (; next.done !== true; next = await once.next()) {
      isLost = false;
      pauseMs = shortestPauseMs;
      yield next.value;
    }
    const fault = next.value;
    if (fault === undefined && !(await stream.goesOn())) return;
    if (fault !== undefined) {
      if (!hasWorked) throw fault;
      if (!isLost) stream.onLost(fault.message);
      isLost = true;
    }
    await delay(pauseMs, undefined, {
      ...(stream.signal !== undefined && { signal: stream.signal }),
    });
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** One connection; answers what ended it, unless it ended as it should. @throws what will not pass */
async function* attempt<Item>(
  { open }: PersistentStream<Item>,
  onOpen: () => void,
): AsyncGenerator<Item, Error | undefined> {
  try {
    const items = await open();
    onOpen();
    for await (const item of items) yield item;
    return undefined;
  } catch (error) {
    if (isPassing(error)) return error;
    throw error;
  }
}

/** Faults that are over after a while. */
export function isPassing(error: unknown): error is ApiError | UnreachableRoot {
  if (error instanceof UnreachableRoot) return true;
  return error instanceof ApiError && [429, 502, 503, 504].includes(error.status);
}
