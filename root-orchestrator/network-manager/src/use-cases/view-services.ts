import type { TableService } from "@oak/contracts";
import type { Directory } from "@oak/tier";
import type { ApplicationNames } from "../domain/application-names.ts";
import { tableService } from "../domain/table-view.ts";
import type { AddressStore, RouteStore } from "../ports.ts";

export interface ViewServicesDeps {
  directory: Pick<Directory, "job" | "recordsOf">;
  applicationNames: Pick<ApplicationNames, "nameOf">;
  addresses: Pick<AddressStore, "ofJobs">;
  routes: Pick<RouteStore, "ofJobs">;
}

/** What clusters are told of these services, from two questions to the database; unknown ones are left out. */
export type ViewServices = (jobIds: readonly string[]) => Promise<TableService[]>;

export function createViewServices(deps: ViewServicesDeps): ViewServices {
  return async (jobIds) => {
    const jobs = jobIds.flatMap((id) => deps.directory.job(id) ?? []);
    if (jobs.length === 0) return [];
    const [held, routes] = await Promise.all([
      deps.addresses.ofJobs(jobIds),
      deps.routes.ofJobs(jobIds),
    ]);
    return jobs.map((job) =>
      tableService({
        job,
        application: deps.applicationNames.nameOf(job),
        records: deps.directory.recordsOf(job._id),
        held: held.filter(({ job_id: id }) => id === job._id),
        routes: routes.filter(({ job_id: id }) => id === job._id),
      }),
    );
  };
}
