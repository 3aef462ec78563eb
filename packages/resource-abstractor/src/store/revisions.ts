import { REVISIONS_KEPT, type StoredRevision } from "@oak/contracts";
import type { RevisionStore } from "../ports.ts";
import type { GetCollections } from "./collections.ts";

/** Collection `revisions`: the latest of each service. */
export function createRevisionStore(collections: GetCollections): RevisionStore {
  const revisions = () => collections().revisions;
  const ofJob = async (jobId: string): Promise<StoredRevision[]> => {
    const found = await revisions().find({ job_id: jobId }).toArray();
    return found.toSorted((a, b) => b.revision - a.revision);
  };
  return {
    ofJob,
    keep: async (revision) => {
      const _id = `${revision.job_id}/${revision.revision}`;
      await revisions().replaceOne({ _id }, revision, { upsert: true });
      const kept = await ofJob(revision.job_id);
      const surplus = kept.slice(REVISIONS_KEPT).map((old) => old._id);
      if (surplus.length > 0) await revisions().deleteMany({ _id: { $in: surplus } });
    },
    removeOf: async (jobId) => {
      await revisions().deleteMany({ job_id: jobId });
    },
  };
}
