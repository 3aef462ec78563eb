import type { Feed } from "@oak/contracts";
import type { ChangeFeed, WaitOptions } from "@oak/kit";
import type { FeedSource } from "../ports.ts";

export interface PollRequest extends WaitOptions {
  /** Cursor of the last answer; anything else asks for everything. */
  since: string;
}

/**
 * Answers what changed after a cursor, waiting for it if need be. Made from the state of the database:
 * several changes of one document are one item, and an id that is no longer there is `removed`.
 */
export type PollFeed<T> = (request: PollRequest) => Promise<Feed<T>>;

export function createPollFeed<T extends { _id: string }>(
  feed: ChangeFeed,
  source: FeedSource<T>,
): PollFeed<T> {
  /** Reads under way, by where they lead from and to. */
  const running = new Map<string, Promise<Feed<T>>>();

  const read = async (cursor: string, ids: readonly string[] | undefined): Promise<Feed<T>> => {
    if (ids === undefined) return { cursor, reset: true, items: await source.all(), removed: [] };
    if (ids.length === 0) return { cursor, reset: false, items: [], removed: [] };
    const items = await source.byIds(ids);
    const found = new Set(items.map((item) => item._id));
    return { cursor, reset: false, items, removed: ids.filter((id) => !found.has(id)) };
  };

  return async ({ since, ...wait }) => {
    await feed.waitForChange(since, wait);
    const { cursor, ids } = feed.changesSince(since);
    // Followers are woken together and want the same. What is written after such a read has begun moves
    // the cursor, so nobody gets an answer that is older than their question.
    const name = ids === undefined ? cursor : `${since} ${cursor}`;
    const shared = running.get(name);
    if (shared !== undefined) return shared;
    const reading = read(cursor, ids).finally(() => running.delete(name));
    running.set(name, reading);
    return reading;
  };
}
