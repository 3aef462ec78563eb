import type { RootState, RootStateStore } from "../use-cases/root-registration.ts";
import type { GetCollections } from "./collections.ts";

const rootId = "root";

/** What the root gave this cluster, and how far its wishes are stored. */
export function createRootStateStore(collections: GetCollections): RootStateStore {
  return {
    load: async () => {
      const document = await collections().rootStates.findOne({ _id: rootId });
      if (document === null) return undefined;
      const { cluster_id: clusterId, token, session, incarnation, cursor } = document;
      return { clusterId, token, session, incarnation, cursor };
    },
    save: async ({ clusterId, token, session, incarnation, cursor }: RootState) => {
      await collections().rootStates.updateOne(
        { _id: rootId },
        { $set: { cluster_id: clusterId, token, session, incarnation, cursor } },
        { upsert: true },
      );
    },
  };
}
