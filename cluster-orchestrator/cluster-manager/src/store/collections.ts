import type { Collection, Db } from "mongodb";

/**
 * One worker that may log in. `_id` is its identity (node id, or name of an older worker), so that two
 * first registrations at once cannot make two workers.
 */
export interface WorkerCredentialDocument {
  _id: string;
  worker_id: string;
  /** SHA-256: the password is random and long, so nothing slower is needed */
  password_hash: string;
  session: number;
  machine_id?: string;
  boot_id?: string;
  /** Unix seconds */
  registered_at: number;
}

export interface SecretDocument {
  _id: string;
  value: string;
}

/** The one document with `_id` "root". */
export interface RootStateDocument {
  _id: string;
  cluster_id: string;
  token: string;
  session: number;
  incarnation: string;
  cursor: number;
}

export interface Collections {
  workerCredentials: Collection<WorkerCredentialDocument>;
  secrets: Collection<SecretDocument>;
  rootStates: Collection<RootStateDocument>;
}

/** Asked for at each use, because the client behind it may be a new one after a restart of the service. */
export type GetCollections = () => Collections;

export function collectionsOf(db: Db): Collections {
  return {
    workerCredentials: db.collection("worker_credentials"),
    secrets: db.collection("secrets"),
    rootStates: db.collection("root_states"),
  };
}
