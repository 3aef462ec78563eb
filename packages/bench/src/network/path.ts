import type { NamespaceProcess } from "./namespace-process.ts";

/** From where something is measured. */
export interface Place {
  namespace: string;
  probe: NamespaceProcess;
}

/** A way of packets from one worker, or a workload of it, to another one. */
export interface Path {
  name: PathName;
  from: Place;
  /** Where a probe echoes and `iperf3` listens. */
  address: string;
  /** Connections of one run would reach different servers: round trips only. */
  isSpread?: true;
}

/** Each in one line of the tables. */
export const pathNames = {
  veth: "bare veth",
  vxlan: "plain VXLAN",
  overlay: "plain VXLAN between workloads",
  wireguard: "wireguard-go",
  namespace: "namespace address",
  service: "service address",
  spread: "service address, two instances",
} as const;
export type PathName = keyof typeof pathNames;

/** Where the echoing probe listens in every namespace that has a server. */
export const echoPort = 7007;

/** One core for who asks, another one for who answers. */
export interface Cores {
  client: number | undefined;
  server: number | undefined;
}
