import type { Ask } from "@oak/contracts";

/** Questions that wait until a child comes by, for parents whose children poll. */
export interface Mailbox {
  /** Answers what takes the question back. */
  put(child: string, ask: Ask): () => void;
  /** What the child is to be told now. One that it does not answer is told again, a moment later: the telling may be lost. */
  take(child: string): Ask[];
  /** Resolves true when something is put in for the child, false when `signal` aborts. */
  changed(child: string, signal: AbortSignal): Promise<boolean>;
}

interface Letter {
  ask: Ask;
  toldAtMs: number;
}

const againAfterMs = 1_000;

export function createMailbox(clock: { monotonicMs(): number }): Mailbox {
  const letters = new Map<string, Set<Letter>>();
  const waiters = new Map<string, Set<() => void>>();
  const drop = <T>(sets: Map<string, Set<T>>, child: string, one: T): void => {
    const set = sets.get(child);
    set?.delete(one);
    if (set?.size === 0) sets.delete(child);
  };
  return {
    put: (child, ask) => {
      const letter = { ask, toldAtMs: Number.NEGATIVE_INFINITY };
      letters.set(child, (letters.get(child) ?? new Set()).add(letter));
      for (const wake of [...(waiters.get(child) ?? [])]) wake();
      return () => drop(letters, child, letter);
    },
    take: (child) => {
      const nowMs = clock.monotonicMs();
      const due = [...(letters.get(child) ?? [])].filter(
        ({ toldAtMs }) => nowMs - toldAtMs >= againAfterMs,
      );
      for (const letter of due) letter.toldAtMs = nowMs;
      return due.map(({ ask }) => ask);
    },
    changed: (child, signal) =>
      new Promise((resolve) => {
        const end = (isNews: boolean): void => {
          drop(waiters, child, wake);
          signal.removeEventListener("abort", giveUp);
          resolve(isNews);
        };
        const wake = (): void => end(true);
        const giveUp = (): void => end(false);
        if (signal.aborted) {
          resolve(false);
          return;
        }
        waiters.set(child, (waiters.get(child) ?? new Set()).add(wake));
        signal.addEventListener("abort", giveUp, { once: true });
      }),
  };
}
