import { Job, JobSpec, Microservice, type StoredSpec } from "@oak/contracts";

/**
 * Keys of a stored service that say which one it is and what is wanted of it; the rest is its spec. Name and
 * addresses belong to the service for as long as it lives, so that who calls it notices nothing of an update.
 */
const SERVICE_KEYS: ReadonlySet<string> = new Set([
  ...Object.keys(Job.shape).filter((key) => !Object.hasOwn(Microservice.shape, key)),
  ...["microserviceID", "microservice_name", "microservice_namespace", "addresses", "replicas"],
  ...["instance_list"],
]);
/** These two are made from the SLA, and travel with the spec. */
const MADE_KEYS: ReadonlySet<string> = new Set(["image", "virtualization"]);

/** Whether a key of a stored service belongs to the spec of a revision. */
export function isSpecKey(key: string): boolean {
  return MADE_KEYS.has(key) || !SERVICE_KEYS.has(key);
}

/** What a service is made of, without which one it is and what is wanted of it. */
export function specOf(job: Job): StoredSpec {
  const kept = Object.entries(job).filter(([key]) => isSpecKey(key));
  return { ...Object.fromEntries(kept), code: job.code, image: job.image } as StoredSpec;
}

/** The same service made of something else. */
export function withSpec(job: Job, spec: StoredSpec): Job {
  const kept = Object.entries(job).filter(([key]) => !isSpecKey(key));
  return { ...Object.fromEntries(kept), ...spec } as Job;
}

/** What a copy is made of, or where it may stand. All else may change while copies go on. */
const COPY_KEYS: readonly string[] = [
  ...Object.keys(JobSpec.shape).filter((key) => key !== "_id" && key !== "job_name"),
  ...["vtpus", "bandwidth_in", "bandwidth_out"],
];

/** Whether copies of both specs are the same, so that none has to be replaced. */
export function isSameCopy(a: StoredSpec, b: StoredSpec): boolean {
  return COPY_KEYS.every((key) => isSameValue(a[key], b[key]));
}

/** What is absent and what says nothing are the same: clients send `cmd: []` and `memory: 0`. */
export function isSameValue(a: unknown, b: unknown): boolean {
  return (isNothing(a) && isNothing(b)) || isEqual(a, b);
}

/** Of values as JSON has them; the order of keys is no matter. */
function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) => Object.hasOwn(b, key) && isEqual(Reflect.get(a, key), Reflect.get(b, key)),
  );
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  if (value === 0 || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
