import type { Candidate } from "@oak/contracts";

/** The clusters of the root. */
export interface ClusterDirectory {
  /** Rejects when the store cannot be reached. */
  list(): Promise<Candidate[]>;
}
