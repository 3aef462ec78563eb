import type { Id, Job } from "@oak/contracts";
import { without } from "../domain/members.ts";
import type { JobPatch } from "../ports/jobs.ts";
import type { Network } from "../ports/network.ts";
import type { Nudge } from "../ports/nudge.ts";
import type { Editor } from "./editor.ts";
import { giveInstances } from "./give-instances.ts";

export interface WantInstancesDeps {
  jobEditor: Editor<Job, JobPatch>;
  network: Pick<Network, "giveInstance">;
  nudge: Nudge;
}

/**
 * Wakes the placer for instances that are stored as wanted, and asks for their addresses while they are placed. Should
 * there be none left, none of them is wanted any more.
 * @throws AppError addresses_exhausted
 */
export async function placeWanted(
  { jobEditor, network, nudge }: WantInstancesDeps,
  serviceId: Id,
  numbers: readonly number[],
): Promise<void> {
  nudge(serviceId);
  try {
    await giveInstances(network, serviceId, numbers);
  } catch (error) {
    await jobEditor.edit(serviceId, (job) => without(job, numbers).patch);
    nudge(serviceId);
    throw error;
  }
}
