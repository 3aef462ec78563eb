import type { Advertised, ClusterReachability } from "@oak/contracts";
import { type AddressReach, endpointOf, reachOf } from "@oak/kit";

/** The parts of a cluster that others reach. */
export type ClusterPort = "manager" | "broker" | "network";

/** What came of one look at one port; `trouble` is absent when the right one answered. */
export interface PortResult {
  port: ClusterPort;
  number: number;
  trouble?: string;
}

/** May the root dial this address; if not, why. */
export type DialDecision = { dial: true } | { dial: false; why: string };

type Finding = Pick<ClusterReachability, "status" | "detail">;

const words: Readonly<Partial<Record<AddressReach, string>>> = {
  unspecified: "which is no address of any machine",
  metadata: "which clouds keep for themselves",
  "link-local": "which is good on one wire only (link-local)",
  special: "which is no address of a machine",
};

/** Ports below are those of other programs: the root is not to be sent there. */
const lowestPort = 1_024;

/**
 * Whether the root dials an address that a cluster gave it. The root may reach what the cluster may not, itself first
 * of all: its own loopback is dialled only for a cluster whose connection came over it.
 */
export function decideDial(address: string, { seen_from: seenFrom }: Advertised): DialDecision {
  const reach = reachOf(address);
  if (reach === "public" || reach === "private") return { dial: true };
  if (reach === "name") return { dial: false, why: "which is no address" };
  if (reach !== "loopback") return { dial: false, why: words[reach] ?? "which is not dialled" };
  if (reachOf(seenFrom) === "loopback") return { dial: true };
  return {
    dial: false,
    why: `which is every machine's name for itself, and its connection comes from ${seenFrom}; programs on its own machine alone reach it there`,
  };
}

/** The ports that a registration names and the root may dial. */
export function portsOf(advertised: Advertised): { port: ClusterPort; number: number }[] {
  const named = (["manager", "broker", "network"] as const).map((port) => ({
    port,
    number: advertised[port] ?? 0,
  }));
  return named.filter(({ number }) => number >= lowestPort);
}

export function notAdvertised({ seen_from: seenFrom }: Advertised): Finding {
  return {
    status: "not_advertised",
    detail: `It advertises no address (OAK_CLUSTER_ADDRESS); its connection comes from ${seenFrom}`,
  };
}

export function refused(address: string, why: string): Finding {
  return { status: "refused", detail: `It advertises ${address}, ${why}` };
}

export function unknownName(name: string): Finding {
  return {
    status: "unreachable",
    detail: `It advertises ${name}, a name that the root does not know`,
  };
}

/** What all the looks at one cluster come to, in a sentence. */
export function summarise(address: string, results: readonly PortResult[]): Finding {
  if (results.length === 0) {
    return {
      status: "refused",
      detail: `It advertises ${address} and no port that the root dials`,
    };
  }
  const broken = results.filter(({ trouble }) => trouble !== undefined);
  if (broken.length === 0) {
    const ports = results.map(({ port, number }) => `${port} ${number}`).join(", ");
    return { status: "reachable", detail: `It answers the root at ${address} (${ports})` };
  }
  const status = broken.length === results.length ? "unreachable" : "partly";
  const told = broken.map(
    ({ port, number, trouble }) => `${port} ${endpointOf(address, number)} ${trouble}`,
  );
  return { status, detail: `The root does not reach it: ${told.join("; ")}` };
}
