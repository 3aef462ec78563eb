import { type Candidate, type ClusterView, csiDriverName } from "@oak/contracts";

/**
 * A cluster for users: a list of what is shown, not of what is hidden, since candidates carry whatever
 * addons put there. upstream: `GET /api/clusters/` and its older aliases.
 */
export function clusterView(cluster: Candidate): ClusterView {
  const location = cluster.candidate_location ?? "";
  const cpu = percent(cluster.cpu_percent);
  const cores = whole(cluster.vcpus);
  const memory = whole(cluster.memory);
  const gpus = whole(cluster.vgpus);
  return {
    _id: cluster._id,
    candidate_name: cluster.candidate_name,
    cluster_name: cluster.candidate_name,
    candidate_location: location,
    cluster_location: location,
    ip: cluster.advertised?.address ?? cluster.ip ?? "",
    port: cluster.port ?? "",
    active: cluster.liveness === "alive",
    liveness: cluster.liveness,
    schedulable: cluster.schedulable,
    active_nodes: whole(cluster.active_nodes),
    cpu_percent: cpu,
    aggregated_cpu_percent: cpu,
    memory_percent: percent(cluster.memory_percent),
    vcpus: cores,
    total_cpu_cores: cores,
    memory,
    memory_in_mb: memory,
    vgpus: gpus,
    total_gpu_cores: gpus,
    gpu_percent: percent(cluster.gpu_percent),
    gpu_temp: cluster.gpu_temp ?? 0,
    vram: whole(cluster.vram),
    vram_percent: percent(cluster.vram_percent),
    ...listsOf(cluster),
    ...(cluster.reachability !== undefined && { reachability: cluster.reachability }),
    aggregation_per_architecture: cluster.aggregation_per_architecture ?? {},
    last_modified_timestamp: cluster.last_modified_timestamp,
  };
}

function listsOf(cluster: Candidate) {
  return {
    gpu_drivers: cluster.gpu_drivers ?? [],
    virtualization: cluster.virtualization ?? [],
    supported_addons: cluster.supported_addons ?? [],
    csi_drivers: (cluster.csi_drivers ?? []).map(csiDriverName),
    cpu_history: cluster.cpu_history ?? [],
    memory_history: cluster.memory_history ?? [],
  };
}

/** upstream: the Go client decodes these into integers and drops the whole list on 1.5. */
function whole(value: number | undefined): number {
  return Math.max(0, Math.floor(value ?? 0));
}

function percent(value: number | undefined): number {
  return value ?? 0;
}
