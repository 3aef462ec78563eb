/** What a cluster proves itself with; keyed by its name. */
export interface ClusterCredential {
  name: string;
  clusterId: string;
  /** SHA-256 of the token, hex */
  tokenHash: string;
  session: number;
}

/** All methods reject when the database cannot be reached. */
export interface ClusterCredentials {
  list(): Promise<ClusterCredential[]>;
  find(name: string): Promise<ClusterCredential | undefined>;
  findByToken(tokenHash: string): Promise<ClusterCredential | undefined>;
  /** Durable when it resolves. */
  save(credential: ClusterCredential): Promise<void>;
  /** From now on the cluster's token opens nothing. */
  removeOf(clusterId: string): Promise<void>;
}
