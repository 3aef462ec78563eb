import type { GivenAddresses, InstanceView, Job, ServiceView } from "@oak/contracts";
import { wantedCount } from "@oak/core";
import type { JobWithInstances } from "../ports/jobs.ts";

/**
 * A stored service under the names and with the types that every client knows, without bookkeeping. `given`: the
 * addresses that the network gave it, in the places where those stand that were asked for.
 */
export function serviceView(job: JobWithInstances, given?: GivenAddresses): ServiceView {
  const {
    job_name_key: _key,
    members: _members,
    moves: _moves,
    member_revisions: _memberRevisions,
    other_specs: _otherSpecs,
    last_revision: _lastRevision,
    revised: _revised,
    rollout_state: _rolloutState,
    deleted: _deleted,
    owner: _owner,
    owner_id: _ownerId,
    organization_id: _organization,
    rev: _rev,
    ...shown
  } = job;
  return {
    ...shown,
    ...wholeFigures(job),
    ...(given === undefined ? {} : addressed(job, given)),
    _id: { $oid: job._id },
    microserviceID: job._id,
    revision: job.spec_rev,
    replicas: wantedCount(job),
    application_name: job.app_name,
    application_namespace: job.app_ns,
    // upstream: a service without instances has no status; older clients take the empty one
    status: job.status ?? "",
    status_detail: job.status_detail ?? "",
  };
}

/** upstream: `RR_ip` only where it was asked for, and no address of an instance. */
function addressed(job: JobWithInstances, given: GivenAddresses): Partial<ServiceView> {
  const rr = given.service_ip_list.find(({ IpType }) => IpType === "RR");
  const closest = given.service_ip_list.find(({ IpType }) => IpType === "Closest");
  const instances = new Map(
    given.instance_list.map(({ instance_number: number, ...addresses }) => [number, addresses]),
  );
  const instanceList = job.instance_list.map(
    (instance): InstanceView => ({ ...instance, ...instances.get(instance.instance_number) }),
  );
  return {
    instance_list: instanceList,
    ...(rr === undefined ? {} : { RR_ip: rr.Address, RR_ip_v6: rr.Address_v6 }),
    addresses: {
      ...job.addresses,
      ...(rr === undefined ? {} : { rr_ip: rr.Address, rr_ip_v6: rr.Address_v6 }),
      ...(closest === undefined
        ? {}
        : { closest_ip: closest.Address, closest_ip_v6: closest.Address_v6 }),
    },
  };
}

/** upstream: the Go CLI fails on a whole list when one of these has a fraction. */
function wholeFigures(job: Job): Pick<Partial<Job>, "vcpus" | "memory" | "vgpus"> {
  return {
    ...(job.vcpus === undefined ? {} : { vcpus: Math.ceil(job.vcpus) }),
    ...(job.memory === undefined ? {} : { memory: Math.ceil(job.memory) }),
    ...(job.vgpus === undefined ? {} : { vgpus: Math.ceil(job.vgpus) }),
  };
}
