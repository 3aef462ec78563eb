/**
 * One run of a process. When it is killed, whatever it awaits never resolves and whatever it is sent is
 * not heard: the rest of its code simply does not happen, as with `kill -9`.
 */
export interface ProcessLife {
  isAlive(): boolean;
  kill(): void;
  /** The promise for code of this process; it stays pending for ever once the process is dead. */
  guard<T>(promise: Promise<T>): Promise<T>;
  /** `run`, unless the process is dead by then. */
  when(run: () => void): () => void;
}

export function createProcessLife(): ProcessLife {
  let isAlive = true;
  return {
    isAlive: () => isAlive,
    kill: () => {
      isAlive = false;
    },
    guard: (promise) =>
      new Promise((resolve, reject) => {
        promise.then(
          (value) => {
            if (isAlive) resolve(value);
          },
          (error: unknown) => {
            if (isAlive) reject(error);
          },
        );
      }),
    when: (run) => () => {
      if (isAlive) run();
    },
  };
}
