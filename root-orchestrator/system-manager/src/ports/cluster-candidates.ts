import type { Candidate } from "@oak/contracts";

/** Clusters as the placer's side writes them. All methods reject when the store cannot be reached. */
export interface ClusterCandidates {
  list(): Promise<Candidate[]>;
  findByName(name: string): Promise<Candidate | undefined>;
  /** Creates or updates by name; the id is kept. */
  upsert(cluster: { candidate_name: string } & Partial<Candidate>): Promise<Candidate>;
  /** One that is gone already is no error. */
  remove(id: string): Promise<void>;
  patch(id: string, fields: Partial<Candidate>): Promise<void>;
}
