import type { Feed } from "@oak/contracts";
import type { ChangeFeed, WaitOptions } from "../domain/change-feed.ts";
import type { FeedSource } from "../ports.ts";

export interface PollRequest extends WaitOptions {
  /** Cursor of the last answer; anything else asks for everything. */
  since: string;
}

/**
 * Answers what changed after a cursor, waiting for it if need be. Made from the state of the database:
 * several changes of one document are one item, and an id that is no longer there is `removed`.
 */
export async function pollFeed<T extends { _id: string }>(
  feed: ChangeFeed,
  source: FeedSource<T>,
  { since, ...wait }: PollRequest,
): Promise<Feed<T>> {
  await feed.waitForChange(since, wait);
  const { cursor, ids } = feed.changesSince(since);
  if (ids === undefined) return { cursor, reset: true, items: await source.all(), removed: [] };
  if (ids.length === 0) return { cursor, reset: false, items: [], removed: [] };
  const items = await source.byIds(ids);
  const found = new Set(items.map((item) => item._id));
  return { cursor, reset: false, items, removed: ids.filter((id) => !found.has(id)) };
}
