import { z } from "zod";
import { Id } from "../ids.ts";
import { JobName } from "../net/addresses.ts";
import { TableService } from "../net/table.ts";

/** `POST /api/net/deployment`, by the cluster-manager when a worker was picked. */
export const NetDeployment = z.object({ job_name: JobName }).meta({ id: "NetDeployment" });
export type NetDeployment = z.infer<typeof NetDeployment>;

/** `GET /api/v1/root` of the cluster-manager, for services of the cluster: how they show the root who they are. */
export const RootMembership = z.object({ cluster_id: Id, token: z.string() });
export type RootMembership = z.infer<typeof RootMembership>;

export const UpdateType = z.enum(["DEPLOYMENT", "UNDEPLOYMENT"]).meta({ id: "UpdateType" });
export type UpdateType = z.infer<typeof UpdateType>;

/**
 * `POST /api/net/job/update`, by the root: something about a service has changed. upstream: the first three, and the
 * receiver asks again; with `service` it need not. -1 stands for all instances.
 */
export const JobUpdate = z
  .object({
    job_name: JobName,
    instance_number: z.int().min(-1),
    type: UpdateType,
    service: TableService.exactOptional(),
  })
  .meta({ id: "JobUpdate" });
export type JobUpdate = z.infer<typeof JobUpdate>;
