import type { InstanceKey } from "@oak/contracts";
import type { Logger } from "@oak/kit";
import type { InstanceStore, LoadedRecords } from "../ports.ts";
import type { InstanceRecord } from "../store/instance-record.ts";

/** The records in memory and in the store. Changes to one record follow each other. */
export interface RecordBook {
  load(): Promise<LoadedRecords>;
  get(key: InstanceKey): InstanceRecord | undefined;
  all(): InstanceRecord[];
  /**
   * Stores what `next` makes of the present record, and shows it only then.
   * @throws what the store throws; then the record is as before.
   */
  write(
    key: InstanceKey,
    next: (present: InstanceRecord | undefined) => InstanceRecord,
  ): Promise<InstanceRecord>;
  /**
   * Replaces `present` at once and stores it as well as it can be: what the worker notes for itself must
   * not depend on a disk that is full. Does nothing when another record has taken its place.
   */
  note(present: InstanceRecord, next: InstanceRecord): Promise<void>;
  forget(key: InstanceKey): Promise<void>;
}

export function createRecordBook(store: InstanceStore, logger: Logger): RecordBook {
  const records = new Map<InstanceKey, InstanceRecord>();
  const turns = new Map<InstanceKey, Promise<unknown>>();

  const inTurn = <T>(key: InstanceKey, work: () => Promise<T>): Promise<T> => {
    const before = turns.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    turns.set(key, settled);
    void settled.then(() => {
      if (turns.get(key) === settled) turns.delete(key);
    });
    return mine;
  };

  return {
    load: async () => {
      const loaded = await store.load();
      for (const record of loaded.records) records.set(record.key, record);
      return loaded;
    },
    get: (key) => records.get(key),
    all: () => [...records.values()],
    write: (key, next) =>
      inTurn(key, async () => {
        const record = next(records.get(key));
        await store.save(record);
        records.set(key, record);
        return record;
      }),
    note: (present, next) =>
      inTurn(present.key, async () => {
        if (records.get(present.key) !== present) return;
        records.set(present.key, next);
        try {
          await store.save(next);
        } catch (error) {
          logger.warn({ key: present.key, err: error }, "note about an instance not stored");
        }
      }),
    forget: (key) =>
      inTurn(key, async () => {
        await store.remove(key);
        records.delete(key);
      }),
  };
}
