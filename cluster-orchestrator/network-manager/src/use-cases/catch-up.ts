import type { Instance, NetDeployStatus } from "@oak/contracts";
import { type Directory, forEachAtOnce } from "@oak/tier";
import { isAdopted, isLeftOver, isOf, keyOf } from "../domain/attachments.ts";
import type { RecordBook } from "../domain/record-book.ts";
import type { ServiceBook } from "../domain/service-book.ts";
import type { AttachmentRecord, LeaseRecord, RootNetwork } from "../ports.ts";
import type { Resolve } from "./resolve.ts";

export interface CatchUpDeps {
  directory: Directory;
  services: ServiceBook;
  attachments: RecordBook<AttachmentRecord>;
  leases: RecordBook<LeaseRecord>;
  root: RootNetwork;
  resolve: Resolve;
}

export interface ReportDeps {
  directory: Pick<Directory, "recordsOf">;
  attachments: RecordBook<AttachmentRecord>;
  root: Pick<RootNetwork, "report">;
}

export interface Reporter {
  /** Tells the root what it has not heard: from the latest state, until it answers. */
  report(): Promise<void>;
  /** The next report is of everything. */
  tellAnew(): void;
}

export function createReporter(deps: ReportDeps & { onChange(jobId: string): void }): Reporter {
  let isAnew = false;
  return {
    report: async () => {
      await followAdopted(deps);
      const isWhole = isAnew;
      isAnew = false;
      try {
        await reportAttachments(deps, isWhole);
      } catch (error) {
        isAnew ||= isWhole;
        throw error;
      }
    },
    tellAnew: () => {
      isAnew = true;
    },
  };
}

/** Older workers say only once where a copy is attached, under whatever pair it goes on. */
async function followAdopted({
  directory,
  attachments,
  onChange,
}: Omit<ReportDeps, "root"> & { onChange(jobId: string): void }): Promise<void> {
  for (const { _id } of [...attachments.all()].filter(({ unpaired }) => unpaired === true)) {
    const isNews = await attachments.edit(_id, (known) => {
      const record = known && recordOf(directory, known);
      if (known === undefined || record === undefined || !isAdopted(record, known))
        return undefined;
      const { epoch, placement } = record;
      return { ...known, epoch, placement, reported: false };
    });
    const jobId = attachments.get(_id)?.job_id;
    if (isNews && jobId !== undefined) onChange(jobId);
  }
}

const reportsAtOnce = 4;

async function reportAttachments(
  { directory, attachments, root }: ReportDeps,
  isWhole: boolean,
): Promise<void> {
  const byJob = new Map<string, AttachmentRecord[]>();
  for (const attached of attachments.all()) {
    if (attached.reported && !isWhole) continue;
    const record = recordOf(directory, attached);
    if (record === undefined || !isOf(record, attached)) continue;
    byJob.set(attached.job_id, [...(byJob.get(attached.job_id) ?? []), attached]);
  }
  const report = async (jobId: string, list: readonly AttachmentRecord[]): Promise<void> => {
    if (!(await root.report(statusOf(jobId, list)))) return;
    for (const told of list) {
      // Whatever it became meanwhile has to be told again.
      await attachments.edit(told._id, (known) =>
        known === told && !told.reported ? { ...told, reported: true } : undefined,
      );
    }
  };
  // One service that the root refuses to hear of holds up no other.
  await forEachAtOnce(byJob, reportsAtOnce, ([jobId, list]) => report(jobId, list));
}

function recordOf(
  directory: Pick<Directory, "recordsOf">,
  attached: AttachmentRecord,
): Instance | undefined {
  const key = keyOf(attached);
  return directory.recordsOf(attached.job_id).find(({ _id }) => _id === key);
}

function statusOf(jobId: string, list: readonly AttachmentRecord[]): NetDeployStatus {
  return {
    job_id: jobId,
    instances: list.map(
      ({ _id, job_id: _job, reported: _told, unpaired: _kind, ...facts }) => facts,
    ),
  };
}

/**
 * Knows what runs here before anybody asks, and forgets what nobody wants any more; the root is told before it is
 * forgotten, so that it cannot go on telling.
 */
export async function tidyServices(deps: CatchUpDeps): Promise<void> {
  const { directory, services, root, resolve } = deps;
  const local = new Set<string>();
  for (const jobId of directory.jobIds()) {
    const job = directory.job(jobId);
    if (job === undefined || directory.recordsOf(jobId).length === 0) continue;
    local.add(job.job_name);
    if (services.named(job.job_name) === undefined) await resolve({ sname: job.job_name, sip: "" });
  }
  for (const { _id: name, workers } of [...services.all()]) {
    if (workers.length > 0 || local.has(name)) continue;
    await root.forget(name);
    // Somebody may have asked while the root was told.
    if (services.named(name)?.workers.length === 0) {
      await services.drop(name);
      continue;
    }
    const wantedAgain = await root.find({ name });
    if (wantedAgain !== undefined) await services.learn(wantedAgain);
  }
}

/** Attachments of copies that are no more, and subnets of workers that are gone. */
export async function tidyLeftOvers({
  directory,
  attachments,
  leases,
  root,
}: CatchUpDeps): Promise<void> {
  for (const attached of [...attachments.all()]) {
    const isOver = isLeftOver(recordOf(directory, attached), attached);
    if (isOver) await attachments.remove(attached._id);
  }
  for (const { _id, returning } of [...leases.all()]) {
    if (!returning) continue;
    await root.giveBack(_id);
    if (leases.get(_id)?.returning === true) await leases.remove(_id);
  }
}
