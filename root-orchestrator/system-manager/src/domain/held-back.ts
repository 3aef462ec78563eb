/** Hints that come before somebody can act on them wait for him, each once. */
export interface HeldBack<T> {
  put(item: T): void;
  /** From now on hints go there at once, after those that have waited. */
  openFor(taker: (item: T) => void): void;
}

export function createHeldBack<T>(): HeldBack<T> {
  const held = new Set<T>();
  let take = (item: T): void => {
    held.add(item);
  };
  return {
    put: (item) => take(item),
    openFor: (taker) => {
      take = taker;
      for (const item of held) taker(item);
      held.clear();
    },
  };
}
