import { instanceKey, type Job, type MoveRequest } from "@oak/contracts";
import { withMore, without } from "@oak/system-manager/core";
import type { ProcessLife } from "./process-life.ts";
import type { TierDisk } from "./tier-disk.ts";
import type { TierStore } from "./tier-store.ts";

/** The user's requests; each is durable when it resolves. */
export interface FrontDoor {
  addJob(job: Job): Promise<void>;
  addMember(jobId: string): Promise<number>;
  removeMember(jobId: string, instanceNumber: number): Promise<void>;
  /** To the worker, or to the best other one. */
  moveInstance(jobId: string, instanceNumber: number, to: Destination): Promise<void>;
  deleteJob(jobId: string): Promise<void>;
}

/** Where an instance is to go, and how long its connections may go on where it was. */
export type Destination = Pick<MoveRequest, "node" | "drain_s">;

export function createFrontDoor(
  life: ProcessLife,
  { disk, store }: { disk: TierDisk; store: TierStore },
): FrontDoor {
  const change = <T>(apply: () => T): Promise<T> => life.serve(() => store.change(apply));
  const edit = <T>(jobId: string, apply: (job: Job) => [Partial<Job>, T]): Promise<T> =>
    change(() => {
      const job = disk.jobs.get(jobId);
      if (job === undefined || job.deleted) throw new Error("no such service");
      const [changes, value] = apply(job);
      disk.jobs.put(jobId, { ...job, ...changes, rev: job.rev + 1 });
      return value;
    });
  return {
    addJob: (job) => change(() => disk.jobs.put(job._id, job)),
    addMember: (jobId) =>
      edit(jobId, (job) => {
        const { patch, added } = withMore(job, 1, disk.identity().base);
        return [patch, added[0] ?? 0];
      }),
    removeMember: (jobId, instanceNumber) =>
      edit(jobId, (job) => [without(job, [instanceNumber]).patch, undefined]),
    moveInstance: (jobId, instanceNumber, to) =>
      edit(jobId, ({ members, rev, moves }) => {
        const instance = disk.instances.get(instanceKey(jobId, instanceNumber));
        if (instance === undefined || !members.includes(instanceNumber)) {
          throw new Error("no such instance");
        }
        const request = { ...to, request: rev + 1, epoch: instance.epoch };
        return [{ moves: { ...moves, [instanceNumber]: request } }, undefined];
      }),
    deleteJob: (jobId) => edit(jobId, () => [{ members: [], deleted: true }, undefined]),
  };
}
