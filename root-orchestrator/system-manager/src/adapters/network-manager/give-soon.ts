export interface GiveSoonDeps<Args extends readonly unknown[]> {
  /** Rejects when there are no addresses left, and never when that is not known. */
  give(...args: Args): Promise<"given" | "unknown">;
  monotonicMs(): number;
  /** Nobody waited for it. */
  onLate(error: unknown, ...args: Args): void;
}

/** So many addresses are not used up in that time. */
const roomForMs = 30_000;
/** More than that wait for theirs, so that who asks faster than addresses are given is slowed down. */
const mostUnderWay = 64;

/**
 * Does not wait for what is not in doubt: while addresses were given a moment ago, the next ones come in the background.
 * @returns gives one; rejects with what `give` rejected with, unless that was not waited for
 */
export function createGiveSoon<Args extends readonly unknown[]>(deps: GiveSoonDeps<Args>) {
  let roomUntilMs = Number.NEGATIVE_INFINITY;
  let underWay = 0;
  const give = async (...args: Args): Promise<void> => {
    underWay += 1;
    try {
      if ((await deps.give(...args)) === "given") roomUntilMs = deps.monotonicMs() + roomForMs;
    } catch (error) {
      roomUntilMs = Number.NEGATIVE_INFINITY;
      throw error;
    } finally {
      underWay -= 1;
    }
  };
  return async (...args: Args): Promise<void> => {
    const isSure = deps.monotonicMs() < roomUntilMs && underWay < mostUnderWay;
    const giving = give(...args);
    if (!isSure) return giving;
    giving.catch((error: unknown) => deps.onLate(error, ...args));
  };
}
