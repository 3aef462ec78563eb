import type { Liveness, Phase } from "@oak/contracts";
import { Liveness as LivenessSchema, Phase as PhaseSchema } from "@oak/contracts";
import type { Metrics } from "@oak/kit";
import type { CoreEvents } from "./cluster-core.ts";

export interface ClusterCounts {
  workers: Iterable<{ liveness: Liveness }>;
  instances: Iterable<{ phase: Phase }>;
  /** milliseconds since the root acknowledged a report; undefined: never */
  reportedAgoMs: number | undefined;
}

/** What happened is counted as it happens, what is there is counted when `refresh` is called. */
export function createClusterMetrics(metrics: Metrics): CoreEvents & {
  refresh(counts: ClusterCounts): void;
} {
  const decisions = metrics.counter({
    name: "cluster_decisions_total",
    help: "Steps taken for instances",
    labels: ["step"],
  });
  const evictions = metrics.counter({
    name: "cluster_evictions_total",
    help: "Workers declared lost for their silence",
  });
  const braked = metrics.counter({
    name: "cluster_braked_total",
    help: "Times at which silence was not judged, by the reason",
    labels: ["reason"],
  });
  const workers = metrics.gauge({
    name: "cluster_workers",
    help: "Known workers by their liveness",
    labels: ["liveness"],
  });
  const instances = metrics.gauge({
    name: "cluster_instances",
    help: "Instances by the phase of their assignment",
    labels: ["phase"],
  });
  const reportLag = metrics.gauge({
    name: "cluster_report_lag_seconds",
    help: "Time since the root acknowledged a report",
  });
  return {
    onStep: (step) => decisions.inc({ step }),
    onWorkerLost: () => evictions.inc(),
    onBraked: (reason) => braked.inc({ reason }),
    refresh: (counts) => {
      const byLiveness = tally(LivenessSchema.options, counts.workers, (w) => w.liveness);
      for (const [liveness, count] of byLiveness) workers.set({ liveness }, count);
      const byPhase = tally(PhaseSchema.options, counts.instances, (i) => i.phase);
      for (const [phase, count] of byPhase) instances.set({ phase }, count);
      if (counts.reportedAgoMs !== undefined) reportLag.set(counts.reportedAgoMs / 1_000);
    },
  };
}

function tally<Key extends string, Item>(
  keys: readonly Key[],
  items: Iterable<Item>,
  keyOf: (item: Item) => Key,
): Map<Key, number> {
  const counts = new Map(keys.map((key) => [key, 0]));
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
