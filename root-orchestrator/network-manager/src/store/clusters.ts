import type { ClusterStore } from "../ports.ts";
import type { GetCollections } from "./documents.ts";

/** Collection `clusters`. upstream: the same, with `cluster_id` beside `_id`. */
export function createClusterStore(collections: GetCollections): ClusterStore {
  const clusters = () => collections().clusters;
  return {
    list: () => clusters().find({}).toArray(),
    find: async (id) => (await clusters().findOne({ _id: id })) ?? undefined,
    findByToken: async (hash) => (await clusters().findOne({ token_hash: hash })) ?? undefined,
    register: async ({ _id, ...fields }) => {
      await clusters().updateOne(
        { _id },
        { $set: fields, $setOnInsert: { interests: [] } },
        { upsert: true },
      );
    },
    setStatus: async (id, status) => {
      await clusters().updateOne({ _id: id }, { $set: { status } });
    },
    addInterest: async (id, jobName) => {
      await clusters().updateOne({ _id: id }, { $addToSet: { interests: jobName } });
    },
    removeInterest: async (id, jobName) => {
      await clusters().updateOne({ _id: id }, { $pull: { interests: jobName } });
    },
    remove: async (id) => (await clusters().deleteOne({ _id: id })).deletedCount === 1,
  };
}
