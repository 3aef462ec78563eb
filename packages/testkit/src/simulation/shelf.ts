/**
 * Documents of one kind by key, as a disk keeps them. A document is frozen when it is put down, so it can be
 * handed out without a copy: code that changed what it has read would throw.
 */
export interface Shelf<T> {
  readonly size: number;
  get(key: string): T | undefined;
  keys(): IterableIterator<string>;
  values(): IterableIterator<T>;
  entries(): IterableIterator<[string, T]>;
  put(key: string, document: T): void;
  remove(key: string): void;
  /** Everything as it is now; later changes do not reach it. */
  copy(): ReadonlyMap<string, T>;
  /** Puts an earlier copy back; what is not in it is removed. */
  restore(copy: ReadonlyMap<string, T>): void;
  onChange(listener: ShelfListener<T>): void;
}

export type ShelfListener<T> = (key: string, before: T | undefined, after: T | undefined) => void;

export function createShelf<T>(): Shelf<T> {
  const documents = new Map<string, T>();
  const listeners: ShelfListener<T>[] = [];
  const tell = (key: string, before: T | undefined, after: T | undefined): void => {
    for (const listener of listeners) listener(key, before, after);
  };
  const shelf: Shelf<T> = {
    get size() {
      return documents.size;
    },
    get: (key) => documents.get(key),
    keys: () => documents.keys(),
    values: () => documents.values(),
    entries: () => documents.entries(),
    put: (key, document) => {
      const before = documents.get(key);
      if (before === document) return;
      freezeDeep(document);
      documents.set(key, document);
      tell(key, before, document);
    },
    remove: (key) => {
      const before = documents.get(key);
      if (before === undefined) return;
      documents.delete(key);
      tell(key, before, undefined);
    },
    copy: () => new Map(documents),
    restore: (copy) => {
      for (const key of [...documents.keys()]) if (!copy.has(key)) shelf.remove(key);
      for (const [key, document] of copy) shelf.put(key, document);
    },
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
  return shelf;
}

/** Parts that are frozen already came from another document and are frozen all through. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const name in value) {
    const part = value[name];
    if (typeof part === "object") freezeDeep(part);
  }
  return value;
}
