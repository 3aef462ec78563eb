import type { ChangeFeed } from "@oak/kit";

/**
 * Tells the feed about a write that took place, and about one that may have: after an error the outcome
 * is unknown, and a reader who looks for nothing costs less than one who misses something. A write that
 * answers null or false matched no document.
 */
export async function announce<T>(
  feed: Pick<ChangeFeed, "touch">,
  id: string,
  write: Promise<T>,
): Promise<T> {
  try {
    const result = await write;
    if (result !== null && result !== false) feed.touch(id);
    return result;
  } catch (error) {
    feed.touch(id);
    throw error;
  }
}
