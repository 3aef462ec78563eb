import type { Readable } from "node:stream";
import { ASK_KINDS, type LogsQuestion } from "@oak/contracts";
import { AppError } from "@oak/kit";
import type { AskCluster } from "../ask-part.ts";
import type { Caller } from "../domain/caller.ts";
import { errors } from "../errors.ts";
import type { JobStore } from "../ports/jobs.ts";
import { ownService } from "./own-documents.ts";

export interface ReadLogsDeps {
  jobs: Pick<JobStore, "findWithInstances">;
  askCluster: AskCluster;
}

export interface LogsWish extends Omit<LogsQuestion, "job_id" | "instance_number"> {
  serviceId: string;
  /** as it stands in the path */
  number: string;
}

/** Of a log that is followed; who wants more asks again from where it ended. */
const limits = {
  follow: { maxBytes: 4 * 1024 ** 3, lifeMs: 12 * 3_600_000 },
  once: { maxBytes: 256 * 1024 ** 2, lifeMs: 600_000 },
};

/**
 * What an instance prints, from its worker by way of its cluster.
 * @throws AppError service_unknown, instance_unknown, no_logs, or 503 and 504 when cluster or worker do not answer
 */
export function createReadLogs({ jobs, askCluster }: ReadLogsDeps) {
  return async (
    { serviceId, number, ...wish }: LogsWish,
    caller: Caller,
    signal: AbortSignal,
  ): Promise<Readable> => {
    const job = await ownService(jobs.findWithInstances, serviceId, caller);
    const instance = job.instance_list.find((one) => String(one.instance_number) === number);
    if (instance === undefined) throw errors.instance_unknown();
    const clusterId = instance.cluster_id;
    if (!clusterId) throw errors.no_logs("No cluster has the instance at the moment");
    try {
      return await askCluster({
        child: clusterId,
        kind: ASK_KINDS.logs,
        params: { job_id: job._id, instance_number: instance.instance_number, ...wish },
        caller: caller.name,
        signal,
        ...(wish.follow ? limits.follow : limits.once),
      });
    } catch (error) {
      // What the cluster or the worker do not find may yet come there.
      if (error instanceof AppError && error.status === 404) throw errors.no_logs(error.message);
      throw error;
    }
  };
}
