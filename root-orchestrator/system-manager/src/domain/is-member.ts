import type { Job } from "@oak/contracts";

/** Whether the service still wants this instance number. */
export function isMember(job: Job | undefined, instanceNumber: number): job is Job {
  return job !== undefined && !job.deleted && job.members.includes(instanceNumber);
}
