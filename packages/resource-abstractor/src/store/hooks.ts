import type { HookDelivery } from "@oak/contracts";
import type { HookRecord } from "../domain/hooks/hook-record.ts";
import type { Pending } from "../domain/hooks/outbox.ts";
import type { HookStore } from "../ports.ts";
import type { GetCollections } from "./collections.ts";

export type HookQueueDocument = Omit<Pending, "id" | "data" | "isStored"> & { _id: string };
export interface HookLogDocument {
  _id: string;
  entries: HookDelivery[];
}

/** Collections `hooks`, `hook_queue` (what is not told yet) and `hook_logs` (one document a hook). */
export function createHookStore(collections: GetCollections): HookStore {
  const hooks = () => collections().hooks;
  return {
    load: async () => {
      const { hooks, hook_queue: queue, hook_logs: logs } = collections();
      const [records, waiting, logged] = await Promise.all([
        hooks.find({}).sort({ _id: 1 }).toArray(),
        queue.find({}).sort({ atMs: 1, _id: 1 }).toArray(),
        logs.find({}).toArray(),
      ]);
      return {
        hooks: records,
        queue: waiting.map(({ _id, ...rest }) => ({ id: _id, isStored: true, ...rest })),
        logs: new Map(logged.map(({ _id, entries }) => [_id, entries])),
      };
    },
    insert: async (hook) => {
      await hooks().insertOne(hook);
    },
    replace: async ({ _id, ...fields }: HookRecord) =>
      (await hooks().replaceOne({ _id }, fields)).matchedCount > 0,
    remove: async (id) => {
      const { deletedCount } = await hooks().deleteOne({ _id: id });
      await collections().hook_queue.deleteMany({ hookId: id });
      await collections().hook_logs.deleteOne({ _id: id });
      return deletedCount > 0;
    },
    save: async ({ waiting, settled, logs }) => {
      const { hook_queue: queue, hook_logs } = collections();
      const kept = waiting.map(({ id, data: _late, isStored: _known, ...rest }) => ({
        replaceOne: { filter: { _id: id }, replacement: rest, upsert: true },
      }));
      const gone =
        settled.length === 0 ? [] : [{ deleteMany: { filter: { _id: { $in: [...settled] } } } }];
      const changes = [...kept, ...gone];
      if (changes.length > 0) await queue.bulkWrite(changes, { ordered: false });
      const logged = [...logs].map(([id, entries]) => ({
        replaceOne: { filter: { _id: id }, replacement: { entries: [...entries] }, upsert: true },
      }));
      if (logged.length > 0) await hook_logs.bulkWrite(logged, { ordered: false });
    },
  };
}
