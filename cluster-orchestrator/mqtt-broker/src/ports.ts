/** Who a user name and password stand for. */
export type Identity =
  | { kind: "worker"; id: string }
  /** A service of this cluster, such as the cluster-manager. */
  | { kind: "manager" };

export interface Credential {
  username: string;
  password: string;
}

/**
 * Knows which credentials are good. `check` is called once for each connection, concurrently, also for
 * the same user; it must answer or throw within a few seconds, since the connection waits.
 */
export interface CredentialChecker {
  /** `undefined`: refused. Throws when nobody can tell at the moment: the client is asked to come back. */
  check(credential: Credential): Promise<Identity | undefined>;
  /** What was remembered of this user is no longer true (new password, removed worker). */
  forget(username: string): void;
}
