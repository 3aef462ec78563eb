import type { Clock } from "@oak/kit";

export interface SlidingWindowsOptions {
  clock: Pick<Clock, "monotonicMs">;
  windowMs: number;
  /** Keys that are remembered; the oldest are forgotten first. */
  capacity: number;
  /** Moments that are remembered of each key; no limit may be higher. */
  most: number;
}

/** Counts what happens to each key within the time just past. */
export interface SlidingWindows {
  /** Until there are fewer than `limit` again; 0 is now. */
  waitMs(key: string, limit: number): number;
  add(key: string): void;
  forget(key: string): void;
}

export function createSlidingWindows(options: SlidingWindowsOptions): SlidingWindows {
  const { clock, windowMs, capacity, most } = options;
  const moments = new Map<string, number[]>();
  const recent = (key: string): number[] => {
    const after = clock.monotonicMs() - windowMs;
    return (moments.get(key) ?? []).filter((at) => at > after);
  };
  return {
    waitMs: (key, limit) => {
      const times = recent(key);
      const oldestThatCounts = times[times.length - limit];
      return oldestThatCounts === undefined ? 0 : oldestThatCounts + windowMs - clock.monotonicMs();
    },
    add: (key) => {
      const times = [...recent(key), clock.monotonicMs()];
      // Set anew, so that the map stays in the order of the latest moment.
      moments.delete(key);
      moments.set(key, times.slice(-most));
      dropOldest(moments, capacity);
    },
    forget: (key) => {
      moments.delete(key);
    },
  };
}

/** Keeps a map that is in the order of its age within its bounds. */
export function dropOldest(map: Map<string, unknown>, capacity: number): void {
  const [oldest] = map.keys();
  if (map.size > capacity && oldest !== undefined) map.delete(oldest);
}
