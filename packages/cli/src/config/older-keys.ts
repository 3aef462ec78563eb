/** upstream: `oak config set KEY`. The first two say where the root is. */
export const serverKeys: readonly string[] = ["system_manager_ip", "root_orchestrator_address"];

/** The others, kept as they are given. */
export const olderKeys: readonly string[] = [
  "cluster_manager_ip",
  "cluster_name",
  "cluster_location",
  "main_oak_repo_path",
  "flops_repo_path",
  "troubleshoot_skill_url",
];
