import type { PortMapping } from "@oak/contracts";
import { readPortMappings } from "@oak/core";

/** UDP port of the tunnel inside WireGuard, the same on all workers: the kernel listens on it on every address, whatever comes there. */
export const SEALED_TUNNEL_PORT = 50_105;

/** A port of the host as `8080/tcp`. */
export function portKey({ host, protocol }: PortMapping): string {
  return `${host}/${protocol}`;
}

export type PortPlan =
  | { ok: true; mappings: PortMapping[] }
  | { ok: false; isTaken: boolean; detail: string };

const reasons = {
  malformed: "is not a list such as 80:80/tcp;90:100/udp",
  out_of_range: "has a port outside 1 to 65535",
  taken: "is taken on this host",
} as const;

/**
 * Reads what an instance wants to publish. Where it leaves the choice of the host port to us, what was chosen before
 * is chosen again; what is still 0 then has to be found.
 */
export function planPorts(
  list: string,
  { taken, before }: { taken: ReadonlySet<string>; before: readonly PortMapping[] },
): PortPlan {
  const read = readPortMappings(list, taken);
  if (!read.ok) {
    const what = read.reason === "taken" ? `Port ${read.port}` : `portMappings`;
    return {
      ok: false,
      isTaken: read.reason === "taken",
      detail: `${what} ${reasons[read.reason]}`,
    };
  }
  const claimed = new Set([...taken, ...read.mappings.map(portKey)]);
  const mappings = read.mappings.map((mapping) => {
    if (mapping.host !== 0) return mapping;
    const chosen = before.find(
      (old) =>
        old.container === mapping.container &&
        old.protocol === mapping.protocol &&
        !claimed.has(portKey(old)),
    );
    if (chosen === undefined) return mapping;
    claimed.add(portKey(chosen));
    return chosen;
  });
  return { ok: true, mappings };
}
