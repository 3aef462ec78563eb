import type { ClusterReachability } from "@oak/contracts";
import type { Log } from "@oak/tier";

/** How the root finds the address of this cluster, as it has told last. */
export interface SeenByRoot {
  take(reachability: ClusterReachability): void;
  current(): ClusterReachability | undefined;
}

/** Says it in the log when it changes: whoever runs a cluster need not have an account at its root. */
export function createSeenByRoot(log: Log): SeenByRoot {
  let current: ClusterReachability | undefined;
  return {
    current: () => current,
    take: (told) => {
      const isNews = told.status !== current?.status || told.detail !== current.detail;
      current = told;
      if (!isNews) return;
      const { status, detail } = told;
      const level = status === "reachable" || status === "not_advertised" ? "info" : "warn";
      log[level]({ status, detail }, "what the root finds at the address of this cluster");
    },
  };
}
