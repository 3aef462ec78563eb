import type { JobUpdate, NetUpdates } from "@oak/contracts";
import { type Clock, createLoop, type Logger, type Loop, type Metrics } from "@oak/kit";
import { forEachAtOnce } from "@oak/tier";
import type { ClusterRecord, ClusterStore } from "../ports.ts";
import type { ReadUpdates } from "../use-cases/poll-updates.ts";

/** Tells a cluster; resolves when it has taken it. */
export type TellCluster = (cluster: ClusterRecord, update: JobUpdate) => Promise<void>;

export interface PushUpdatesDeps {
  clusters: Pick<ClusterStore, "list" | "setStatus">;
  read: ReadUpdates;
  tell: TellCluster;
  /** Whether the cluster asks by itself. */
  isPulling(clusterId: string): boolean;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

const tickMs = 1_000;
/** A cluster may have ceased to ask. */
const idleLookMs = 10_000;
const clustersAtOnce = 8;
const updatesAtOnce = 4;
/** For a cluster that did not take an update: first pause, longest pause. */
const pauseMs = { first: 1_000, longest: 60_000 } as const;

interface Pushed {
  /** Everything up to here was taken. */
  cursor: string;
  failures: number;
  notBeforeMs: number;
}

/**
 * Tells clusters that can be dialled what has changed. What is not taken is told again, as it is then: a cursor for
 * each cluster, and no queue.
 */
export function createPushUpdates(deps: PushUpdatesDeps): Loop {
  const { clusters, clock, logger } = deps;
  const pushed = new Map<string, Pushed>();

  const push = async (cluster: ClusterRecord): Promise<void> => {
    const { _id: clusterId } = cluster;
    const state = pushed.get(clusterId) ?? { cursor: "", failures: 0, notBeforeMs: 0 };
    if (state.notBeforeMs > clock.monotonicMs()) return;
    const updates = await deps.read({ clusterId, since: state.cursor });
    try {
      await forEachAtOnce(updatesOf(updates), updatesAtOnce, (one) => deps.tell(cluster, one));
    } catch (err) {
      const failures = state.failures + 1;
      const pause = Math.min(pauseMs.first * 2 ** state.failures, pauseMs.longest);
      pushed.set(clusterId, { ...state, failures, notBeforeMs: clock.monotonicMs() + pause });
      if (cluster.status === "ACTIVE") {
        logger.warn({ cluster: clusterId, err }, "a cluster takes no updates, they are repeated");
        await clusters.setStatus(clusterId, "ERROR");
      }
      return;
    }
    pushed.set(clusterId, { cursor: updates.cursor, failures: 0, notBeforeMs: 0 });
    if (cluster.status === "ERROR") await clusters.setStatus(clusterId, "ACTIVE");
  };

  let isHinted = true;
  let hasDialled = false;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  /** Where every cluster asks by itself there is nothing to look for each second. */
  const isDue = (): boolean =>
    isHinted || hasDialled || clock.monotonicMs() - lookedAtMs >= idleLookMs;
  const loop = createLoop({
    ...deps,
    name: "push-updates",
    everyMs: tickMs,
    jitter: 0,
    run: async () => {
      if (!isDue()) return;
      isHinted = false;
      lookedAtMs = clock.monotonicMs();
      const dialled = (await clusters.list()).filter(
        ({ _id, address }) => address !== "" && !deps.isPulling(_id),
      );
      hasDialled = dialled.length > 0;
      await forEachAtOnce(dialled, clustersAtOnce, push);
    },
  });
  return {
    ...loop,
    trigger: () => {
      isHinted = true;
      loop.trigger();
    },
  };
}

/** upstream: one request a service and instance; here one a service, with all that there is to know. */
function updatesOf({ services, gone }: NetUpdates): JobUpdate[] {
  return [
    ...services.map((service): JobUpdate => {
      const numbers = service.instance_list.map(({ instance_number: number }) => number);
      const isDeployed = numbers.length > 0;
      return {
        job_name: service.job_name,
        instance_number: isDeployed ? Math.max(...numbers) : -1,
        type: isDeployed ? "DEPLOYMENT" : "UNDEPLOYMENT",
        service,
      };
    }),
    ...gone.map((name): JobUpdate => {
      return { job_name: name, instance_number: -1, type: "UNDEPLOYMENT" };
    }),
  ];
}
