import type {
  ApplicationDiff,
  Microservice,
  ServiceChange,
  Sla,
  SlaApplication,
  SlaDiff,
} from "@oak/contracts";
import { AppError, toAppError } from "@oak/kit";
import type { Caller } from "../domain/caller.ts";
import { isDescribed, type StoredApplication, serviceKey } from "../domain/diff-sla.ts";
import { errors } from "../errors.ts";
import type { createAddServices } from "./add-services.ts";
import type { createCreateApplication } from "./create-application.ts";
import type { createDeleteService } from "./delete-service.ts";
import type { createDiffSla } from "./diff-sla.ts";
import type { createUpdateApplication } from "./update-application.ts";
import type { createUpdateService } from "./update-service.ts";

export interface ApplySlaDeps {
  diffSla: ReturnType<typeof createDiffSla>;
  createApplication: ReturnType<typeof createCreateApplication>;
  updateApplication: ReturnType<typeof createUpdateApplication>;
  addServices: ReturnType<typeof createAddServices>;
  updateService: ReturnType<typeof createUpdateService>;
  deleteService: ReturnType<typeof createDeleteService>;
}

/**
 * Makes the caller's applications what the document says: creates, updates, and deletes services that it does not name.
 * What fails is listed, the rest is done, and the same request goes on from there. Done twice, it changes nothing.
 * @throws AppError sla_invalid, apply_incomplete
 */
export function createApplySla(deps: ApplySlaDeps) {
  return async (body: unknown, caller: Caller): Promise<SlaDiff> => {
    const { sla, stored, diff } = await deps.diffSla(body, caller);
    const applications: ApplicationDiff[] = [];
    for (const [index, wanted] of sla.applications.entries()) {
      const planned = diff.applications[index];
      if (planned === undefined) continue;
      const order: Order = { sla, wanted, planned, stored: stored[index], caller };
      applications.push(await applyApplication(deps, order));
    }
    const answer = { ...diff, applications, dry_run: false };
    assertComplete(answer);
    return answer;
  };
}

interface Order {
  sla: Sla;
  wanted: SlaApplication;
  planned: ApplicationDiff;
  stored: StoredApplication | undefined;
  caller: Caller;
}

async function applyApplication(deps: ApplySlaDeps, order: Order): Promise<ApplicationDiff> {
  const { sla, wanted, planned, stored, caller } = order;
  if (planned.change === "none") return planned;
  if (stored === undefined) return createWhole(deps, order);
  const { _id: id } = stored.application;
  const { application_desc = "" } = wanted;
  if (!isDescribed(wanted, stored))
    await deps.updateApplication(id, { application_desc }, { caller });
  const creating = wanted.microservices.filter((one) => changeOf(planned, one) === "create");
  const outcomes = await addAll(
    deps,
    { sla, wanted: { ...wanted, applicationID: id }, caller },
    creating,
  );
  const services: ServiceChange[] = [];
  for (const service of planned.services) {
    const document = wanted.microservices.find((one) => serviceKey(one) === serviceKey(service));
    services.push(
      service.change === "create"
        ? { ...service, ...outcomes.get(serviceKey(service)) }
        : await attempt(service, () => applyService(deps, service, document, caller)),
    );
  }
  return { ...planned, services };
}

function changeOf(planned: ApplicationDiff, microservice: Microservice): string | undefined {
  const key = serviceKey(microservice);
  return planned.services.find((service) => serviceKey(service) === key)?.change;
}

async function applyService(
  deps: ApplySlaDeps,
  { change, service_id: id }: ServiceChange,
  document: Microservice | undefined,
  caller: Caller,
): Promise<void> {
  if (id === null) return;
  if (change === "delete") await deleteStill(deps, id, caller);
  if (change === "update") await deps.updateService(id, document, { caller, strategy: {} });
}

/** One that somebody else has deleted meanwhile is as the document says. */
async function deleteStill(deps: ApplySlaDeps, id: string, caller: Caller): Promise<void> {
  try {
    await deps.deleteService(id, caller);
  } catch (error) {
    if (!(error instanceof AppError && error.code === "service_unknown")) throw error;
  }
}

async function createWhole(
  deps: ApplySlaDeps,
  { sla, wanted, planned, caller }: Order,
): Promise<ApplicationDiff> {
  try {
    const all = await deps.createApplication({ ...sla, applications: [wanted] }, caller);
    const made = all.find(
      (one) =>
        one.application_name === wanted.application_name &&
        one.application_namespace === wanted.application_namespace,
    );
    const services = planned.services.map((service, index) => ({
      ...service,
      service_id: made?.microservices[index] ?? null,
    }));
    return { ...planned, application_id: made?._id ?? null, services };
  } catch (error) {
    const failure = failureOf(error);
    if (planned.services.length === 0) throw error;
    return {
      ...planned,
      services: planned.services.map((service) => ({ ...service, error: failure })),
    };
  }
}

/** @returns what became of each, by its name */
async function addAll(
  deps: ApplySlaDeps,
  { sla, wanted, caller }: Pick<Order, "sla" | "wanted" | "caller">,
  microservices: readonly Microservice[],
): Promise<Map<string, Pick<ServiceChange, "service_id" | "error">>> {
  const outcomes = new Map<string, Pick<ServiceChange, "service_id" | "error">>();
  for (const microservice of microservices) {
    const key = serviceKey(microservice);
    try {
      const document = { ...sla, applications: [{ ...wanted, microservices: [microservice] }] };
      const { job_id, failed_services } = await deps.addServices(document, caller);
      const [failed] = failed_services;
      const error = failed && { status: failed.status, message: failed.message ?? "refused" };
      outcomes.set(key, { service_id: job_id, ...(error !== undefined && { error }) });
    } catch (error) {
      outcomes.set(key, { service_id: null, error: failureOf(error) });
    }
  }
  return outcomes;
}

async function attempt(service: ServiceChange, work: () => Promise<void>): Promise<ServiceChange> {
  try {
    await work();
    return service;
  } catch (error) {
    return { ...service, error: failureOf(error) };
  }
}

function failureOf(error: unknown): NonNullable<ServiceChange["error"]> {
  const { status, message } = error instanceof AppError ? error : toAppError(error);
  return { status, message };
}

/** Success means all of it; what was done and what was not stands in the answer. */
function assertComplete({ applications }: SlaDiff): void {
  const services = applications.flatMap((application) => application.services);
  const [failed, ...others] = services.filter(({ error }) => error !== undefined);
  if (failed?.error === undefined) return;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const name = `${failed.microservice_name}.${failed.microservice_namespace}`;
  throw errors.apply_incomplete({
    status: failed.error.status,
    detail: `${name}: ${failed.error.message}${more}. The rest is as the document says; apply it again`,
    params: { applications },
  });
}
