import type { Candidate } from "@oak/contracts";

/** A candidate as it is answered. */
export type CandidateView = Candidate & { active: boolean };

/** upstream: the fields that a list shows without being asked for. */
const canonical = [
  "_id",
  "candidate_name",
  "candidate_location",
  "ip",
  "port",
  "active_nodes",
  "cpu_percent",
  "vcpus",
  "cpu_history",
  "memory_percent",
  "memory",
  "memory_history",
  "vram",
  "vram_percent",
  "gpu_temp",
  "gpu_drivers",
  "gpu_percent",
  "vgpus",
  "virtualization",
  "supported_addons",
  "csi_drivers",
];

/** `active` is what clients of Oakestra know of liveness. */
export function candidateView(candidate: Candidate): CandidateView {
  return { ...candidate, active: candidate.liveness === "alive" };
}

/** upstream: `resources=a,b` narrows a list to the canonical fields and the named ones. */
export function narrowed(view: CandidateView, names: readonly string[]): Record<string, unknown> {
  const shown = new Set([...canonical, ...names]);
  return Object.fromEntries(Object.entries(view).filter(([key]) => shown.has(key)));
}
