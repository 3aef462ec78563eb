import type { Id, Job } from "@oak/contracts";
import { fp } from "@oak/kit";
import type { JobPatch } from "../ports/jobs.ts";
import type { Network } from "../ports/network.ts";
import type { Nudge } from "../ports/nudge.ts";
import type { Editor } from "./editor.ts";

/**
 * Marks a service as deleted: gone for users, its name free, kept until the placer has seen the end of
 * every instance. Nothing happens when it is gone already.
 */
export type RetireService = (id: Id) => Promise<void>;

export interface RetireServiceDeps {
  jobEditor: Editor<Job, JobPatch>;
  network: Pick<Network, "takeBack">;
  nudge: Nudge;
}

export function createRetireService({
  jobEditor,
  network,
  nudge,
}: RetireServiceDeps): RetireService {
  return async (id) => {
    await jobEditor.edit(id, (job) => (job.deleted ? undefined : { members: [], deleted: true }));
    fp("root.delete_stored", id);
    nudge(id);
    await network.takeBack(id);
  };
}
