import type { VirtualTime } from "./virtual-time.ts";

/**
 * One run of a process. When it is killed, whatever it awaits never resolves and whatever it is sent is
 * not heard: the rest of its code simply does not happen, as with `kill -9`. While it is frozen, all that
 * waits and happens when it thaws, late and in order, as with `SIGSTOP`.
 */
export interface ProcessLife {
  readonly startedAtMs: number;
  /** since when it runs without a pause; undefined while it does not */
  runningSinceMs(): number | undefined;
  isAlive(): boolean;
  kill(): void;
  freeze(): void;
  thaw(): void;
  /** Runs code of this process: now, when it thaws, or never. */
  enter(run: () => void): void;
  /** `run` as code of this process. */
  when(run: () => void): () => void;
  /** The promise for code of this process; it stays pending for ever once the process is dead. */
  guard<T>(promise: Promise<T>): Promise<T>;
  /** A request that this process serves: begun and answered while it runs, or not at all. */
  serve<T>(work: () => Promise<T>): Promise<T>;
}

export function createProcessLife(time: VirtualTime): ProcessLife {
  let state: "alive" | "frozen" | "dead" = "alive";
  let backlog: (() => void)[] = [];
  let resumedAtMs = time.nowMs();
  const enter = (run: () => void): void => {
    if (state === "alive") run();
    else if (state === "frozen") backlog.push(run);
  };
  const follow = <T>(
    promise: Promise<T>,
    { resolve, reject }: { resolve(value: T): void; reject(error: unknown): void },
  ): void => {
    promise.then(
      (value) => enter(() => resolve(value)),
      (error: unknown) => enter(() => reject(error)),
    );
  };
  return {
    startedAtMs: time.nowMs(),
    runningSinceMs: () => (state === "alive" ? resumedAtMs : undefined),
    isAlive: () => state !== "dead",
    kill: () => {
      state = "dead";
      backlog = [];
    },
    freeze: () => {
      if (state === "alive") state = "frozen";
    },
    thaw: () => {
      if (state !== "frozen") return;
      state = "alive";
      resumedAtMs = time.nowMs();
      const late = backlog;
      backlog = [];
      for (const run of late) time.after(0, () => enter(run));
    },
    enter,
    when: (run) => () => enter(run),
    guard: (promise) => new Promise((resolve, reject) => follow(promise, { resolve, reject })),
    serve: (work) =>
      new Promise((resolve, reject) => enter(() => follow(work(), { resolve, reject }))),
  };
}
