import type { Id, Job, StoredRevision } from "@oak/contracts";

/** What services were made of before. All methods reject when the store cannot be reached. */
export interface RevisionStore {
  /** The newest first; a service that never was updated has none. */
  list(serviceId: Id): Promise<StoredRevision[]>;
  /** Keeps what a service is made of at the moment; repeatable. The oldest ones make room. */
  keep(service: Job): Promise<void>;
}
