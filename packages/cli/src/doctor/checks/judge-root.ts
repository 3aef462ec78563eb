import { isForThisMachineOnly } from "@oak/kit/address-reach";
import { type Finding, fault, ok, warn } from "../finding.ts";
import { judgeReachability } from "./reachability.ts";
import { type Row, rowOf, rowsOf, textOf } from "./rows.ts";

/** What the root's list of clusters says of them. */
export function judgeClusters(clusters: readonly unknown[]): Finding[] {
  if (clusters.length === 0) {
    return [
      warn(
        "clusters",
        "no cluster has registered",
        "Start one with SYSTEM_MANAGER_URL of this root and its OAK_CLUSTER_JOIN_SECRET, and run `oak doctor cluster` there",
      ),
    ];
  }
  return clusters.map(rowOf).flatMap(judgeCluster);
}

function judgeCluster(cluster: Row): Finding[] {
  const name = `cluster ${textOf(cluster["cluster_name"])}`;
  if (cluster["active"] !== true) {
    return [
      fault(
        name,
        `the root does not hear it (${textOf(cluster["liveness"]) || "not active"})`,
        "Run `oak doctor cluster` on its machine: it must reach this root at 10000/tcp",
      ),
    ];
  }
  const workers = Number(cluster["active_nodes"] ?? 0);
  const found = addressFindings(name, cluster);
  if (workers === 0) {
    found.push(
      warn(
        name,
        "no worker",
        "Join one, or run `oak doctor worker` on a machine that should have joined",
      ),
    );
  }
  return found.length > 0 ? found : [ok(name, `active, ${workers} workers${whereOf(cluster)}`)];
}

/** The root's own look at it counts for more than what the address looks like from here. */
function addressFindings(name: string, cluster: Row): Finding[] {
  const seen = judgeReachability(name, cluster["reachability"]);
  const isFine =
    seen?.status === "ok" || rowOf(cluster["reachability"])["status"] === "not_advertised";
  if (isFine) return [];
  if (seen !== undefined) return [seen];
  const ip = textOf(cluster["ip"]);
  if (ip === "" || !isForThisMachineOnly(ip)) return [];
  return [
    warn(
      name,
      `it has registered with ${ip}, which no other machine reaches`,
      "Set OAK_CLUSTER_ADDRESS of the cluster to its real address and start it again",
    ),
  ];
}

function whereOf(cluster: Row): string {
  const ip = textOf(cluster["ip"]);
  return ip === "" ? "" : `, reached at ${ip}`;
}

/** Statuses of an instance that is on its way, and of one that has no place. */
const waiting = new Set(["REQUESTED", "CLUSTER_SCHEDULED", "NODE_SCHEDULED"]);
const homeless = new Set([
  ...["TargetClusterNotFound", "TargetClusterNotActive", "TargetClusterNoCapacity"],
  ...["NoActiveClusterWithCapacity", "NO_WORKER_CAPACITY", "NO_QUALIFIED_WORKER_FOUND"],
  ...["NO_NODE_FOUND"],
]);
const broken = new Set(["FAILED", "DEAD"]);

/** Instances that do not run and are not meant to be over. */
export function judgeServices(services: readonly unknown[]): Finding[] {
  const found = services
    .map(rowOf)
    .flatMap((service) =>
      rowsOf(service["instance_list"]).flatMap((instance) => judgeInstance(service, instance)),
    );
  if (found.length > 0) return found.slice(0, mostShown).concat(rest(found.length));
  return [ok("instances", `none of ${services.length} services has one that waits or has failed`)];
}

const mostShown = 20;

function rest(count: number): Finding[] {
  if (count <= mostShown) return [];
  return [warn("instances", `${count - mostShown} more do not run`, "Mend the ones above first")];
}

function judgeInstance(service: Row, instance: Row): Finding[] {
  const status = textOf(instance["status"]);
  const number = textOf(instance["instance_number"]);
  const name = `instance ${textOf(service["microservice_name"] ?? service["job_name"])} ${number}`;
  const detail = textOf(instance["status_detail"]);
  const found = detail === "" ? status : `${status}: ${detail}`;
  if (waiting.has(status)) {
    return [
      warn(
        name,
        found,
        "If it stays so: has the cluster a worker with room that is online? `oak doctor cluster` there tells",
      ),
    ];
  }
  if (homeless.has(status)) {
    return [warn(name, found, "Add a worker with room for it, or ask for less in the SLA")];
  }
  if (!broken.has(status)) return [];
  return [warn(name, found, "See its log: `logs` of the instance in GET /api/service/{id}")];
}
