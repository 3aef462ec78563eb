import type { Candidate, Instance, Job } from "@oak/contracts";
import { createHttpClient } from "@oak/kit";
import type { TierAccess } from "@oak/testkit";

/** Everything that a tier's resource abstractor keeps of services. */
export interface TierRecords {
  candidates: Candidate[];
  instances: Instance[];
  /** tombstones too */
  jobs: Job[];
  applications: unknown[];
}

export async function readRecords({ abstractorUrl, tierSecret }: TierAccess): Promise<TierRecords> {
  const headers = { authorization: `Bearer ${tierSecret}` };
  const client = createHttpClient({ baseUrl: abstractorUrl, headers });
  const list = async <T>(path: string): Promise<T[]> =>
    (await client.request({ path: `/api/v1${path}` })) as T[];
  try {
    const [candidates, instances, jobs, tombstones, applications] = await Promise.all([
      list<Candidate>("/resources"),
      list<Instance>("/instances"),
      list<Job>("/jobs?view=raw"),
      list<Job>("/jobs?view=raw&deleted=true"),
      list<unknown>("/applications"),
    ]);
    return { candidates, instances, jobs: [...jobs, ...tombstones], applications };
  } finally {
    client.close();
  }
}
