/** What a kernel was told, and by which process. */
export interface ToldMap<T> {
  readonly all: ReadonlyMap<string, T>;
  set(key: string, value: T): void;
  delete(key: string): void;
  /** How many entries the process that runs has told. */
  told(): number;
  /** Another process runs from now on. */
  adopt(): void;
  /** What only the one before has told goes. */
  dropAdopted(): void;
  clear(): void;
}

export function createToldMap<T>(): ToldMap<T> {
  const all = new Map<string, T>();
  const adopted = new Set<string>();
  const forget = (key: string): void => {
    all.delete(key);
    adopted.delete(key);
  };
  return {
    all,
    set: (key, value) => {
      all.set(key, value);
      adopted.delete(key);
    },
    // What nobody told this process of is not its own to take back; it goes with the rest of its predecessor's.
    delete: (key) => {
      if (!adopted.has(key)) forget(key);
    },
    told: () => [...all.keys()].filter((key) => !adopted.has(key)).length,
    adopt: () => {
      for (const key of all.keys()) adopted.add(key);
    },
    dropAdopted: () => {
      for (const key of adopted) forget(key);
    },
    clear: () => {
      all.clear();
      adopted.clear();
    },
  };
}
