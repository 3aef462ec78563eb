import type { Job } from "@oak/contracts";
import type { Directory } from "@oak/tier";

/**
 * Whose the name of an application is. Names are unique for each user only, but `accept_from` admits by name: so a name
 * is that of the user who has had services under it for longest, and nobody is let in as somebody else.
 */
export interface ApplicationNames {
  /** A service is new, different or gone. Answers the services whose application has another name for others now. */
  note(jobId: string): Job[];
  /** As others admit it; for all but the one whose name it is something that nobody can write. */
  nameOf(job: Job): string;
}

interface Named {
  /** Services under this name. */
  ids: Set<string>;
  owner: string | undefined;
}

export function createApplicationNames(directory: Pick<Directory, "job">): ApplicationNames {
  const byName = new Map<string, Named>();
  const nameOfId = new Map<string, string>();

  const living = (ids: Iterable<string>): Job[] =>
    [...ids].flatMap((id) => directory.job(id) ?? []).filter(({ deleted }) => !deleted);
  const settle = (name: string): Job[] => {
    const named = byName.get(name);
    if (named === undefined) return [];
    const jobs = living(named.ids);
    const owner = jobs.toSorted(byAge)[0]?.owner;
    if (jobs.length === 0) byName.delete(name);
    if (owner === named.owner) return [];
    named.owner = owner;
    return jobs;
  };

  return {
    note: (jobId) => {
      const [job] = living([jobId]);
      const before = nameOfId.get(jobId);
      const name = job === undefined ? undefined : plainName(job);
      if (before !== undefined) byName.get(before)?.ids.delete(jobId);
      if (name === undefined) nameOfId.delete(jobId);
      else {
        nameOfId.set(jobId, name);
        const named = byName.get(name) ?? { ids: new Set(), owner: undefined };
        byName.set(name, named);
        named.ids.add(jobId);
      }
      const names = new Set([before, name].filter((one) => one !== undefined));
      return [...names].flatMap(settle);
    },
    nameOf: (job) => {
      const name = plainName(job);
      const owner = byName.get(name)?.owner ?? job.owner;
      return owner === job.owner ? name : `${name} of ${job.owner}`;
    },
  };
}

function plainName({ app_name: name, app_ns: namespace }: Job): string {
  return `${name}.${namespace}`;
}

function byAge(a: Job, b: Job): number {
  return a.created_at - b.created_at || (a._id < b._id ? -1 : 1);
}
