import {
  type Instance,
  type Job,
  type ServiceIp,
  type TableInstance,
  type TableService,
  toJobSpec,
} from "@oak/contracts";
import { type AddressHolder, holderKey, isExclusive } from "@oak/core";
import { isServing } from "@oak/tier";
import type { AddressRecord, RouteRecord } from "../ports.ts";
import { routeId } from "./route-id.ts";

/** What the view of a service is made of. */
export interface TableFacts {
  job: Job;
  /** As others admit it. */
  application: string;
  records: readonly Instance[];
  /** Of this service. */
  held: readonly AddressRecord[];
  routes: readonly RouteRecord[];
}

/**
 * The answer of a table query. What lives is what the service wants and the assignments say; an attachment counts
 * only under the epoch of the present assignment, so that a copy that was given up is never routed to.
 */
export function tableService(facts: TableFacts): TableService {
  const { job } = facts;
  const addresses = new Map(facts.held.map(({ holder = "", address }) => [holder, address]));
  const pairOf = (holder: AddressHolder): [string | undefined, string | undefined] => [
    addresses.get(holderKey(holder, 4)),
    addresses.get(holderKey(holder, 6)),
  ];
  const serviceIps = (["RR", "Closest"] as const).flatMap((kind): ServiceIp[] => {
    const [v4, v6] = pairOf({ kind, jobId: job._id });
    if (v4 === undefined || v6 === undefined) return [];
    return [{ IpType: kind, Address: v4, Address_v6: v6 }];
  });
  const records = new Map(facts.records.map((record) => [record.instance_number, record]));
  const routes = new Map(facts.routes.map((route) => [route._id, route]));
  return {
    ...toJobSpec(job),
    _id: job._id,
    job_name: job.job_name,
    service_ip_list: serviceIps,
    instance_list: job.members.flatMap((instanceNumber): TableInstance[] => {
      const record = records.get(instanceNumber);
      const [v4, v6] = pairOf({ kind: "instance", jobId: job._id, instanceNumber });
      if (record === undefined || v4 === undefined || v6 === undefined) return [];
      const route = routes.get(routeId(record._id, record.child ?? ""));
      return [instanceOf(record, route, { instance_ip: v4, instance_ip_v6: v6 })];
    }),
    access: {
      owner: job.owner,
      application: facts.application,
      accept_from: job.accept_from ?? [],
    },
    exclusive: isExclusive(job),
  };
}

function instanceOf(
  record: Instance,
  route: RouteRecord | undefined,
  own: Pick<TableInstance, "instance_ip" | "instance_ip_v6">,
): TableInstance {
  const instance = {
    ...own,
    instance_number: record.instance_number,
    cluster_id: record.child ?? "",
    epoch: record.epoch,
  };
  if (route === undefined || !isCurrent(route, record)) return { ...instance, ...nowhere };
  const { _id, job_id: _job, ...attachment } = route;
  return { ...instance, ...attachment, serving: isServing(record) };
}

const nowhere = {
  namespace_ip: null,
  namespace_ip_v6: null,
  host_ip: null,
  host_port: null,
  serving: false,
};

function isCurrent(route: RouteRecord, record: Instance): boolean {
  return record.phase === "assigned" && record.epoch === route.epoch;
}
