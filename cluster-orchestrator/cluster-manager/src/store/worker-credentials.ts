import { isDuplicateKey } from "@oak/kit";
import type { GetCollections, WorkerCredentialDocument } from "./collections.ts";

export type WorkerCredential = WorkerCredentialDocument;

/** Who may log in as which worker, and how often each has registered. */
export interface WorkerCredentialStore {
  findByIdentity(identityKey: string): Promise<WorkerCredential | undefined>;
  findByWorker(workerId: string): Promise<WorkerCredential | undefined>;
  /**
   * Writes the credential if the stored session is still `expectedSession` (`undefined`: if there is
   * none). Durable when it resolves; false when somebody else was quicker.
   */
  save(credential: WorkerCredential, expectedSession: number | undefined): Promise<boolean>;
  /** The worker cannot log in any more; absent is fine. */
  remove(workerId: string): Promise<void>;
}

export function createWorkerCredentialStore(collections: GetCollections): WorkerCredentialStore {
  const credentials = () => collections().workerCredentials;
  return {
    findByIdentity: async (identityKey) =>
      (await credentials().findOne({ _id: identityKey })) ?? undefined,
    findByWorker: async (workerId) =>
      (await credentials().findOne({ worker_id: workerId })) ?? undefined,
    remove: async (workerId) => {
      await credentials().deleteMany({ worker_id: workerId });
    },
    save: async (credential, expectedSession) => {
      const { _id, ...fields } = credential;
      try {
        if (expectedSession === undefined) {
          await credentials().insertOne(credential);
          return true;
        }
        const filter = { _id, session: expectedSession };
        const { matchedCount } = await credentials().updateOne(filter, { $set: fields });
        return matchedCount === 1;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
  };
}
