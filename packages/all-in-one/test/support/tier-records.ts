import type { Candidate, HeldCopy, Instance, Job } from "@oak/contracts";
import { createHttpClient } from "@oak/kit";
import type { TierAccess } from "@oak/testkit";
import type { System } from "./system.ts";

/** Everything that a tier's resource abstractor keeps of services. */
export interface TierRecords {
  candidates: Candidate[];
  instances: Instance[];
  /** tombstones too */
  jobs: Job[];
  applications: unknown[];
}

export function readRecords({ abstractorUrl, tierSecret }: TierAccess): Promise<TierRecords> {
  return asTier(abstractorUrl, tierSecret, async (list) => {
    const [candidates, instances, jobs, tombstones, applications] = await Promise.all([
      list<Candidate>("/resources"),
      list<Instance>("/instances"),
      list<Job>("/jobs?view=raw"),
      list<Job>("/jobs?view=raw&deleted=true"),
      list<unknown>("/applications"),
    ]);
    return { candidates, instances, jobs: [...jobs, ...tombstones], applications };
  });
}

/** What runs on the workers although the cluster knows nobody who wants it, as `<job id>/<number>`. */
export async function orphansOfCluster({
  clusterManagerUrl,
  tiers,
}: Pick<System, "clusterManagerUrl" | "tiers">): Promise<string[]> {
  const orphans = await asTier(clusterManagerUrl, tiers.cluster.tierSecret, (list) =>
    list<HeldCopy>("/orphans"),
  );
  return orphans.map(({ job_id, instance_number }) => `${job_id}/${instance_number}`).toSorted();
}

type List = <T>(path: string) => Promise<T[]>;

async function asTier<T>(
  baseUrl: string,
  tierSecret: string,
  read: (list: List) => Promise<T>,
): Promise<T> {
  const headers = { authorization: `Bearer ${tierSecret}` };
  const client = createHttpClient({ baseUrl, headers });
  try {
    return await read(
      async <R>(path: string) => (await client.request({ path: `/api/v1${path}` })) as R[],
    );
  } finally {
    client.close();
  }
}
