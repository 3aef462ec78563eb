import { PORT_LIST_PATTERN, type PortMapping, parsePortList } from "@oak/contracts";

/** One port of the host that leads to one of a workload. */
export interface PortRule {
  protocol: "tcp" | "udp";
  hostPort: number;
  /** `address:port`, the address of IPv6 in brackets. */
  target: string;
}

export type ReadPorts =
  | { ok: true; mappings: PortMapping[] }
  | { ok: false; reason: "malformed" | "out_of_range" | "taken"; port: string };

/** `protocol` and number of ports that others have, as `8080/tcp`. */
export type TakenPorts = ReadonlySet<string>;

/**
 * Reads a list of port mappings (`80:80/tcp;90:100/udp`) and looks whether the host has these ports left. Its own
 * tunnel belongs into `taken`.
 */
export function readPortMappings(list: string, taken: TakenPorts): ReadPorts {
  if (!PORT_LIST_PATTERN.test(list)) return { ok: false, reason: "malformed", port: list };
  let mappings: PortMapping[];
  try {
    mappings = parsePortList(list);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, reason: "out_of_range", port: list };
  }
  const claimed = new Set(taken);
  for (const { host, protocol } of mappings) {
    const port = `${host}/${protocol}`;
    // 0 leaves the choice to the host.
    if (host !== 0 && claimed.has(port)) return { ok: false, reason: "taken", port };
    claimed.add(port);
  }
  return { ok: true, mappings };
}

/** What the mappings become for one address of a workload. */
export function portRules(mappings: readonly PortMapping[], address: string): PortRule[] {
  const host = address.includes(":") ? `[${address}]` : address;
  return mappings.map((mapping) => ({
    protocol: mapping.protocol,
    hostPort: mapping.host,
    target: `${host}:${mapping.container}`,
  }));
}
