import type { RecordStore } from "../ports.ts";

/** Records in memory and on disk. Writes of one record go one after the other. */
export interface RecordBook<T extends { _id: string }> {
  load(): Promise<void>;
  get(id: string): T | undefined;
  all(): Iterable<T>;
  /**
   * Stores what `change` makes of the record as it is then; undefined leaves it as it is. It is seen when it is
   * stored, or before that if `seen` is given and told so: for what can be asked again when it was not stored.
   * @returns whether something was stored
   */
  edit(
    id: string,
    change: (known: T | undefined) => T | undefined,
    seen?: () => void,
  ): Promise<boolean>;
  remove(id: string): Promise<void>;
}

/** @param onChange told what a record was and what it is, undefined being nothing */
export function createRecordBook<T extends { _id: string }>(
  store: RecordStore<T>,
  onChange: (before: T | undefined, after: T | undefined) => void = () => undefined,
): RecordBook<T> {
  const records = new Map<string, T>();
  const set = (id: string, after: T | undefined): void => {
    const before = records.get(id);
    if (after === undefined) records.delete(id);
    else records.set(id, after);
    onChange(before, after);
  };
  const turns = new Map<string, Promise<unknown>>();

  const inTurn = async <Result>(id: string, work: () => Promise<Result>): Promise<Result> => {
    const before = turns.get(id) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    turns.set(id, settled);
    try {
      return await mine;
    } finally {
      if (turns.get(id) === settled) turns.delete(id);
    }
  };

  return {
    load: async () => {
      for (const record of await store.all()) set(record._id, record);
    },
    get: (id) => records.get(id),
    all: () => records.values(),
    edit: (id, change, seen) =>
      inTurn(id, async () => {
        const before = records.get(id);
        const changed = change(before);
        if (changed === undefined) return false;
        if (seen === undefined) await store.put(changed);
        set(id, changed);
        if (seen === undefined) return true;
        seen();
        try {
          await store.put(changed);
        } catch (error) {
          // As it was, so that the next one to say the same is not taken for a repetition.
          set(id, before);
          throw error;
        }
        return true;
      }),
    remove: (id) =>
      inTurn(id, async () => {
        await store.remove(id);
        set(id, undefined);
      }),
  };
}
