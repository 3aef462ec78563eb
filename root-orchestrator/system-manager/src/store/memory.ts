export interface MemoryOptions {
  monotonicMs(): number;
  /** How long something that changed behind this process's back may still be believed. */
  rememberMs?: number;
  capacity?: number;
}

/** What was read a moment ago, under its key. */
export interface Memory<T> {
  recall(key: string): T | undefined;
  /** Reads, and remembers what is there unless everything was forgotten meanwhile. */
  learn(read: () => Promise<T | undefined>, keyOf: (value: T) => string): Promise<T | undefined>;
  forgetAll(): void;
}

export function createMemory<T>(options: MemoryOptions): Memory<T> {
  const { monotonicMs, rememberMs = 5_000, capacity = 2_000 } = options;
  const known = new Map<string, { value: T; untilMs: number }>();
  let forgotten = 0;
  return {
    recall: (key) => {
      const found = known.get(key);
      if (found === undefined) return undefined;
      if (monotonicMs() < found.untilMs) return found.value;
      known.delete(key);
      return undefined;
    },
    learn: async (read, keyOf) => {
      const before = forgotten;
      const value = await read();
      if (value === undefined || before !== forgotten) return value;
      const key = keyOf(value);
      known.delete(key);
      known.set(key, { value, untilMs: monotonicMs() + rememberMs });
      const [oldest] = known.keys();
      if (known.size > capacity && oldest !== undefined) known.delete(oldest);
      return value;
    },
    forgetAll: () => {
      forgotten += 1;
      known.clear();
    },
  };
}
