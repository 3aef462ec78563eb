import type { Feed } from "@oak/contracts";
import type { HttpClient } from "@oak/kit";
import type { z } from "zod";

export interface FeedFollower<T> {
  path: string;
  schema: z.ZodType<Feed<T>>;
  /** Everything, in place of what was known. */
  onReset(items: T[]): void | Promise<void>;
  onChange(items: T[], removed: string[]): void | Promise<void>;
  /** how long the abstractor may hold an answer back */
  waitS?: number;
}

/**
 * Follows one feed of the resource abstractor until `signal` aborts. Rejects when a poll fails; a
 * supervised task starts it again, and an abstractor that has restarted answers with everything.
 */
export async function followFeed<T>(
  client: HttpClient,
  follower: FeedFollower<T>,
  signal: AbortSignal,
): Promise<void> {
  const { waitS = 25 } = follower;
  let cursor = "0";
  while (!signal.aborted) {
    const feed = await client.request({
      path: follower.path,
      query: { since: cursor, wait: waitS },
      schema: follower.schema,
      timeoutMs: (waitS + 5) * 1000,
      signal,
    });
    if (feed.reset) await follower.onReset(feed.items);
    else await follower.onChange(feed.items, feed.removed);
    cursor = feed.cursor;
  }
}
