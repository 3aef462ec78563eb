import type { Constraint, JobSpec } from "@oak/contracts";

/**
 * Worker names that the `direct` constraints leave; undefined when none of them names a worker.
 * upstream: one name, the last constraint wins. Here `a;b` is a list, and several constraints intersect.
 */
export function namedWorkers(job: JobSpec): ReadonlySet<string> | undefined {
  return intersection(directLists(job, (constraint) => constraint.node));
}

/** Cluster names that the `direct` constraints leave; undefined when none of them names a cluster. */
export function namedClusters(job: JobSpec): ReadonlySet<string> | undefined {
  return intersection(directLists(job, (constraint) => constraint.cluster));
}

/** Cluster names that every `clusters` constraint allows; undefined when there is none. */
export function allowedClusters(job: JobSpec): ReadonlySet<string> | undefined {
  const lists = constraintsOf(job, "clusters").map(({ allowed }) => new Set(allowed ?? []));
  return intersection(lists);
}

/** Addons that the child must offer. */
export function requiredAddons(job: JobSpec): string[] {
  return unique(constraintsOf(job, "addons").flatMap(({ needs }) => needs ?? []));
}

/** Storage drivers that the volumes of the service need; an empty name asks for none. */
export function requiredCsiDrivers(job: JobSpec): string[] {
  return unique((job.volumes ?? []).map((volume) => volume.csi_driver));
}

function constraintsOf(job: JobSpec, type: Constraint["type"]): Constraint[] {
  return (job.constraints ?? []).filter((constraint) => constraint.type === type);
}

function directLists(
  job: JobSpec,
  pick: (constraint: Constraint) => string | undefined,
): Set<string>[] {
  return constraintsOf(job, "direct")
    .map((constraint) => new Set(unique((pick(constraint) ?? "").split(";"))))
    .filter((names) => names.size > 0);
}

function intersection(lists: readonly ReadonlySet<string>[]): Set<string> | undefined {
  const [first, ...others] = lists;
  if (first === undefined) return undefined;
  return new Set([...first].filter((name) => others.every((names) => names.has(name))));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.trim()))].filter((name) => name !== "");
}
