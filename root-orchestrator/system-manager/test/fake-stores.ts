import {
  type Application,
  type Candidate,
  type Id,
  type InstanceView,
  type Job,
  REVISIONS_KEPT,
  type StoredRevision,
} from "@oak/contracts";
import { storedRevision } from "../src/adapters/resource-abstractor/revisions.ts";
import type { ApplicationStore } from "../src/ports/applications.ts";
import type { ClusterDirectory } from "../src/ports/clusters.ts";
import type { JobStore, JobWithInstances } from "../src/ports/jobs.ts";
import type { RevisionStore } from "../src/ports/revisions.ts";

/** The resource abstractor in memory, behind the same ports; the conformance suite runs against both. */
export interface FakeStores {
  applications: ApplicationStore;
  jobs: JobStore;
  revisions: RevisionStore;
  clusters: ClusterDirectory;
  /** what is stored, tombstones included */
  storedJobs: Map<Id, Job>;
  storedApplications: Map<Id, Application>;
  candidates: Candidate[];
  /** views that the placer would have made */
  instances: Map<Id, InstanceView[]>;
  /** Called before each write; throws to let it fail. */
  beforeWrite: (write: { store: "application" | "job"; verb: string; body: unknown }) => void;
}

export function createFakeStores(): FakeStores {
  const fake: FakeStores = {
    storedJobs: new Map(),
    storedApplications: new Map(),
    candidates: [],
    instances: new Map(),
    beforeWrite: () => undefined,
    applications: fakeApplications(() => fake),
    jobs: fakeJobs(() => fake),
    revisions: fakeRevisions(),
    clusters: { list: async () => structuredClone(fake.candidates) },
  };
  return fake;
}

function fakeApplications(fake: () => FakeStores): ApplicationStore {
  const stored = () => fake().storedApplications;
  const isTaken = (wanted: Application): boolean =>
    [...stored().values()].some(
      (other) =>
        other._id !== wanted._id &&
        other.userId === wanted.userId &&
        other.application_name === wanted.application_name &&
        other.application_namespace === wanted.application_namespace,
    );
  return {
    list: async ({ userId, organization_id } = {}) =>
      [...stored().values()]
        .filter((one) => userId === undefined || one.userId === userId)
        .filter((one) => organization_id === undefined || one.organization_id === organization_id),
    find: async (id) => structuredClone(stored().get(id)),
    create: async (application) => {
      fake().beforeWrite({ store: "application", verb: "create", body: application });
      if (isTaken(application)) return { ok: false, reason: "name_taken" };
      const value = { ...structuredClone(application), rev: 1 };
      stored().set(value._id, value);
      return { ok: true, value };
    },
    patch: async (id, patch, ifVersion) => {
      fake().beforeWrite({ store: "application", verb: "patch", body: patch });
      const current = stored().get(id);
      if (current === undefined) return { ok: false, reason: "gone" };
      if (current.rev !== ifVersion) return { ok: false, reason: "conflict" };
      const value = { ...current, ...patch, rev: current.rev + 1 } as Application;
      if (isTaken(value)) return { ok: false, reason: "name_taken" };
      stored().set(id, value);
      return { ok: true, value: structuredClone(value) };
    },
    remove: async (id) => {
      fake().beforeWrite({ store: "application", verb: "remove", body: id });
      stored().delete(id);
    },
  };
}

function fakeJobs(fake: () => FakeStores): JobStore {
  const stored = () => fake().storedJobs;
  const viewOf = (job: Job): JobWithInstances => {
    const known = fake().instances.get(job._id) ?? [];
    const list = job.members.map(
      (number) => known.find((one) => one.instance_number === number) ?? anInstanceView(number),
    );
    const [first] = list;
    const status =
      first === undefined ? {} : { status: first.status, status_detail: first.status_detail };
    return structuredClone({ ...job, ...status, instance_list: list });
  };
  return {
    list: async ({ applicationID } = {}) =>
      [...stored().values()]
        .filter((job) => !job.deleted)
        .filter((job) => applicationID === undefined || job.applicationID === applicationID)
        .map(viewOf),
    find: async (id) => structuredClone(stored().get(id)),
    findWithInstances: async (id) => {
      const job = stored().get(id);
      return job === undefined ? undefined : viewOf(job);
    },
    create: async (job) => {
      fake().beforeWrite({ store: "job", verb: "create", body: job });
      const isTaken = [...stored().values()].some(
        (other) => other.job_name_key === job.job_name_key,
      );
      if (isTaken) return { ok: false, reason: "name_taken" };
      const value = { ...structuredClone(job), rev: 1 };
      stored().set(value._id, value);
      return { ok: true, value };
    },
    patch: async (id, patch, ifVersion) => {
      fake().beforeWrite({ store: "job", verb: "patch", body: patch });
      const current = stored().get(id);
      if (current === undefined) return { ok: false, reason: "gone" };
      if (current.rev !== ifVersion) return { ok: false, reason: "conflict" };
      const freed = patch.deleted === true ? { job_name_key: `#${id}` } : {};
      const { spec, ...fields } = patch;
      const value = { ...current, ...spec?.set, ...fields, ...freed, rev: current.rev + 1 } as Job;
      for (const key of spec?.unset ?? []) Reflect.deleteProperty(value, key);
      stored().set(id, value);
      return { ok: true, value: structuredClone(value) };
    },
  };
}

function fakeRevisions(): RevisionStore {
  const stored = new Map<string, StoredRevision>();
  return {
    list: async (id) =>
      [...stored.values()]
        .filter(({ job_id }) => job_id === id)
        .toSorted((a, b) => b.revision - a.revision),
    keep: async (job) => {
      const revision = storedRevision(job);
      const _id = `${job._id}/${revision.revision}`;
      stored.set(_id, structuredClone({ ...revision, _id }));
      const kept = [...stored.values()]
        .filter(({ job_id }) => job_id === job._id)
        .toSorted((a, b) => b.revision - a.revision);
      for (const old of kept.slice(REVISIONS_KEPT)) stored.delete(old._id);
    },
  };
}

/** An instance that waits for its place, unless a test says otherwise. */
export function anInstanceView(number: number, extra: Partial<InstanceView> = {}): InstanceView {
  return {
    instance_number: number,
    status: "REQUESTED",
    status_detail: "Waiting for scheduling decision",
    reason: "waiting",
    cluster_id: "",
    cluster_location: "",
    worker_id: "",
    host_ip: "",
    host_port: 0,
    publicip: "",
    published_ports: "",
    cpu_percent: "0",
    memory_percent: "0",
    disk: "0",
    logs: "",
    cpu_history: [],
    memory_history: [],
    last_modified_timestamp: 0,
    epoch: 0,
    placement: 0,
    restarts: 0,
    ...extra,
  };
}
