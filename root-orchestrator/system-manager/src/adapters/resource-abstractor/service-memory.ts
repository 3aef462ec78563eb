import type { Candidate, Id, Instance, Job } from "@oak/contracts";
import { jobViews } from "@oak/core";
import type { JobStore, JobWithInstances } from "../../ports/jobs.ts";
import { createPlaces, type PlacesDeps } from "./places.ts";

/** Where the placer keeps what it has stored. */
export interface ServiceFacts {
  jobs: { get(jobId: Id): Job | undefined; all(): Iterable<Job> };
  /** As the store lists them: without charts. */
  instancesOf(jobId: Id): readonly Instance[];
}

export interface ServiceMemoryDeps extends Pick<PlacesDeps, "monotonicMs"> {
  /** Undefined while what is in memory may not be what is stored: then the store is asked. */
  facts(): ServiceFacts | undefined;
  listClusters(): Promise<readonly Candidate[]>;
  /** Looks whether the database is still the one that memory is of; rejects when it cannot be reached. */
  checkStore(): Promise<void>;
  /** The store has less than memory: from now on there are no facts. */
  doubt(): void;
}

/** What reading services needs of their store. */
export type ServiceReader = Pick<JobStore, "list" | "findWithInstances">;

/**
 * Services with their instances as the placer knows them, in the place of a question to the resource abstractor. The
 * same object comes again until something in it has changed, so that what is made of it can be kept as well; nobody may
 * change it.
 */
export interface ServiceMemory {
  /**
   * Reading of the store, answered from memory where that is known to be what is stored. Charts are not in memory: one
   * service whose instances have been heard of is read from the store.
   */
  readingFrom(store: ServiceReader): ServiceReader;
  /** Something of this service has changed. */
  forget(jobId: Id): void;
  /** A cluster has come or gone. */
  membersChanged(): void;
}

interface Lists {
  all: JobWithInstances[];
  byApplication: ReadonlyMap<Id, JobWithInstances[]>;
}

export function createServiceMemory(deps: ServiceMemoryDeps): ServiceMemory {
  const views = new Map<Id, JobWithInstances>();
  let lists: Lists | undefined;
  const places = createPlaces({
    monotonicMs: deps.monotonicMs,
    list: async () => {
      const [found] = await Promise.all([deps.listClusters(), deps.checkStore()]);
      return found;
    },
    onChange: () => {
      views.clear();
      lists = undefined;
    },
  });

  const viewOf = (facts: ServiceFacts, job: Job): JobWithInstances => {
    const known = views.get(job._id);
    if (known !== undefined) return known;
    const instances = facts.instancesOf(job._id);
    const [view] = jobViews([job], { instances, candidates: places.current() });
    if (view === undefined) throw new Error("A service has one view");
    views.set(job._id, view);
    return view;
  };
  const listsOf = (facts: ServiceFacts): Lists => {
    lists ??= makeLists(facts.jobs.all(), (job) => viewOf(facts, job));
    return lists;
  };
  /** Facts that the store, asked a moment ago, did not deny. */
  const currentFacts = async (): Promise<ServiceFacts | undefined> => {
    if (deps.facts() === undefined) return undefined;
    await places.refresh();
    return deps.facts();
  };

  return {
    forget: (jobId) => {
      views.delete(jobId);
      lists = undefined;
    },
    membersChanged: places.expire,
    readingFrom: (store) => ({
      list: async (filter = {}) => {
        const facts = await currentFacts();
        if (facts === undefined) return store.list(filter);
        const { all, byApplication } = listsOf(facts);
        const { applicationID } = filter;
        return applicationID === undefined ? all : (byApplication.get(applicationID) ?? []);
      },
      findWithInstances: async (id) => {
        const facts = await currentFacts();
        const job = facts?.jobs.get(id);
        // What is not known here may have been made by somebody else a moment ago.
        if (facts === undefined || job === undefined) return store.findWithInstances(id);
        if (!facts.instancesOf(id).some(({ seen }) => seen !== null)) return viewOf(facts, job);
        const found = await store.findWithInstances(id);
        const isLess = found === undefined || found.rev < job.rev;
        if (isLess && facts.jobs.get(id) === job && !job.deleted) deps.doubt();
        return found;
      },
    }),
  };
}

/** Those that are not deleted. */
function makeLists(jobs: Iterable<Job>, viewOf: (job: Job) => JobWithInstances): Lists {
  const all: JobWithInstances[] = [];
  const byApplication = new Map<Id, JobWithInstances[]>();
  for (const job of jobs) {
    if (job.deleted) continue;
    const view = viewOf(job);
    all.push(view);
    const siblings = byApplication.get(job.applicationID);
    if (siblings === undefined) byApplication.set(job.applicationID, [view]);
    else siblings.push(view);
  }
  return { all, byApplication };
}
