import type { Job } from "@oak/contracts";
import type { Created } from "../ports/applications.ts";
import type { JobStore } from "../ports/jobs.ts";
import type { Network } from "../ports/network.ts";
import { giveInstances } from "./give-instances.ts";

export interface StoreServiceDeps {
  jobs: Pick<JobStore, "create">;
  network: Pick<Network, "giveService" | "giveInstance">;
}

/**
 * Stores a service and asks for its addresses, side by side, and for those of the instances that are wanted at once.
 * When this fails either may have happened: whoever calls retires the service.
 * @throws AppError as `Network.giveService`
 */
export async function storeService(
  { jobs, network }: StoreServiceDeps,
  service: Job,
): Promise<Created<Job>> {
  const giving = network.giveService(service);
  // Both have to have ended before anything is taken back.
  const [stored, given] = await Promise.allSettled([jobs.create(service), giving]);
  if (stored.status === "rejected") throw stored.reason;
  if (stored.value.ok && given.status === "rejected") throw given.reason;
  if (stored.value.ok) await giveInstances(network, service._id, service.members);
  return stored.value;
}
