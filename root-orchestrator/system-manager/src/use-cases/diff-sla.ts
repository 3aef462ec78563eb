import type { Application, Sla, SlaApplication, SlaDiff } from "@oak/contracts";
import { warningsOf } from "@oak/core";
import type { Caller } from "../domain/caller.ts";
import {
  changedService,
  createdService,
  diffApplication,
  type StoredApplication,
  serviceKey,
} from "../domain/diff-sla.ts";
import { errors } from "../errors.ts";
import type { ApplicationStore } from "../ports/applications.ts";
import type { JobStore } from "../ports/jobs.ts";
import type { Network } from "../ports/network.ts";
import { listOwnApplications, ownApplication, ownService } from "./own-documents.ts";
import { jobOf, readServiceUpdate } from "./read-service-update.ts";
import { readSla } from "./read-sla.ts";
import { assertSame } from "./update-service.ts";

export interface DiffSlaDeps {
  applications: Pick<ApplicationStore, "list" | "find">;
  jobs: Pick<JobStore, "list" | "findWithInstances">;
  network: Pick<Network, "addressesOf">;
}

/** A document, what it would change, and what is stored of its applications, in their order. */
export interface DiffedSla {
  sla: Sla;
  stored: (StoredApplication | undefined)[];
  diff: SlaDiff;
}

/**
 * Compares a document with what is stored of the caller's; stores nothing.
 * @throws AppError sla_invalid
 */
export function createDiffSla({ applications, jobs }: DiffSlaDeps) {
  return async (body: unknown, caller: Caller): Promise<DiffedSla> => {
    const sla = readSla(body, caller);
    const own = await listOwnApplications(applications, caller);
    const stored = await Promise.all(
      sla.applications.map(async (wanted) => {
        const application = own.find((one) => isNamed(one, wanted));
        if (application === undefined) return undefined;
        return { application, services: await jobs.list({ applicationID: application._id }) };
      }),
    );
    const diffs = sla.applications.map((wanted, index) =>
      diffApplication(wanted, stored[index], jobOf),
    );
    return { sla, stored, diff: { applications: diffs, dry_run: true, warnings: warningsOf(sla) } };
  };
}

function isNamed(application: Application, wanted: SlaApplication): boolean {
  return (
    application.application_name === wanted.application_name &&
    application.application_namespace === wanted.application_namespace
  );
}

/** What the writes of single documents would do, with the refusals that can be known before. */
export function createDryRuns(deps: DiffSlaDeps) {
  const diffSla = createDiffSla(deps);
  return {
    /** @throws AppError sla_invalid, application_exists */
    createApplication: async (body: unknown, caller: Caller): Promise<SlaDiff> => {
      const { diff } = await diffSla(body, caller);
      const there = diff.applications.find(({ change }) => change !== "create");
      if (there === undefined) return diff;
      const { application_name: name, application_namespace: space } = there;
      throw errors.application_exists(
        `You have an application ${name} in the namespace ${space} already`,
      );
    },
    /** @throws AppError sla_invalid, application_unknown */
    addServices: async (body: unknown, caller: Caller): Promise<SlaDiff> => {
      const sla = readSla(body, caller);
      const [wanted] = sla.applications;
      const id = wanted?.applicationID ?? "";
      const application = await ownApplication(deps.applications, id, caller);
      const there = await deps.jobs.list({ applicationID: application._id });
      const taken = new Set(there.map(serviceKey));
      const services = (wanted?.microservices ?? []).map((microservice) => {
        const created = createdService(microservice);
        if (!taken.has(serviceKey(microservice))) return created;
        const error = { status: 409, message: "A service of this name is there already" };
        return { ...created, change: "none" as const, error };
      });
      return {
        applications: [{ ...named(application), change: "update", services }],
        dry_run: true,
        warnings: warningsOf(sla),
      };
    },
    /** @throws AppError service_unknown, sla_invalid, service_fixed */
    updateService: async (id: string, body: unknown, caller: Caller): Promise<SlaDiff> => {
      const job = await ownService(deps.jobs.findWithInstances, id, caller);
      const { wanted, microservice, warnings } = readServiceUpdate(body, job, caller);
      await assertSame(deps, job, wanted);
      const application = await ownApplication(deps.applications, job.applicationID, caller);
      const service = changedService(job, microservice, wanted);
      const change = service.change === "none" ? "none" : "update";
      return {
        applications: [{ ...named(application), change, services: [service] }],
        dry_run: true,
        warnings,
      };
    },
  };
}

function named({ _id, application_name, application_namespace }: Application) {
  return { application_name, application_namespace, application_id: _id };
}
