import { type Check, check } from "../check.ts";
import { type Finding, fault, notChecked, ok, warn } from "../finding.ts";
import { judgeReachability } from "./reachability.ts";
import { rowOf, rowsOf, textOf } from "./rows.ts";

/** That the cluster has registered at its root. */
export function clusterStatusCheck(base: string): Check {
  const name = "connection to the root";
  return check(name, async (probes) => {
    const answer = await probes.http({ base, path: "/api/cluster/status" });
    if (answer.kind !== "answer") return [notChecked(name, "the cluster-manager does not answer")];
    const status = rowOf(answer.body);
    const cluster = textOf(status["cluster_name"]);
    const seen = judgeReachability("address of the cluster", status["seen_by_root"]);
    if (status["connected_to_root"] === true) {
      return [
        ok(name, `${cluster} is registered as ${textOf(status["cluster_id"])}`),
        ...(seen === undefined ? [] : [seen]),
      ];
    }
    return [
      fault(
        name,
        `${cluster} is not registered at a root`,
        "See SYSTEM_MANAGER_URL (never localhost inside a container), OAK_CLUSTER_JOIN_SECRET, and that 10000/tcp of the root is reached from here",
      ),
    ];
  });
}

/** What the cluster knows of its workers; only whoever has the secret of its services is told. */
export function workersCheck(base: string, tierSecret: string | undefined): Check {
  const name = "workers";
  return check(name, async (probes) => {
    if (tierSecret === undefined) {
      return [notChecked(name, "set OAK_TIER_SECRET to that of the cluster to have them checked")];
    }
    const headers = { authorization: `Bearer ${tierSecret}` };
    const answer = await probes.http({ base, path: "/api/v1/workers", headers });
    if (answer.kind !== "answer") return [notChecked(name, "the cluster-manager does not answer")];
    if (answer.status === 401) {
      return [
        fault(
          name,
          "the cluster does not take this OAK_TIER_SECRET",
          "Give the one that its services have",
        ),
      ];
    }
    if (!Array.isArray(answer.body))
      return [notChecked(name, `the cluster answers ${answer.status}`)];
    return judgeWorkers(answer.body);
  });
}

export function judgeWorkers(workers: readonly unknown[]): Finding[] {
  if (workers.length === 0) {
    return [
      warn(
        "workers",
        "none has joined",
        "Join one with OAK_WORKER_JOIN_SECRET of this cluster; on its machine `oak doctor worker` tells what is missing",
      ),
    ];
  }
  const silent = rowsOf(workers).filter(({ liveness }) => liveness !== "alive");
  const found = silent.map((worker) => {
    const seconds = Math.round(Number(worker["silent_ms"] ?? 0) / 1_000);
    return warn(
      `worker ${textOf(worker["candidate_name"])}`,
      `${textOf(worker["liveness"])}, silent for ${seconds} s`,
      "Run `oak doctor worker` on it, or take it out: DELETE /api/v1/workers/{id} at the cluster-manager",
    );
  });
  return [
    ok("workers", `${workers.length - silent.length} of ${workers.length} are online`),
    ...found,
  ];
}
