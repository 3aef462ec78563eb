const entry = String.raw`\s*(?:\d{1,5}:)?\d{1,5}(?:\/(?:tcp|udp))?\s*`;

/** `80`, `8080:80`, `8080:80/udp;0:90`; empty means none. */
export const PORT_LIST_PATTERN = new RegExp(`^(?:\\s*|${entry}(?:[;,]${entry})*[;,]?)$`);

export interface PortMapping {
  /** 0 lets the engine choose. */
  host: number;
  container: number;
  protocol: "tcp" | "udp";
}

/**
 * Reads a `port` entry list that matches {@link PORT_LIST_PATTERN}. A single number publishes the same
 * port (upstream: `80` means `80:80`).
 * @throws RangeError when a port is above 65535, or a container port is 0.
 */
export function parsePortList(list: string): PortMapping[] {
  return list
    .split(/[;,]/)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(parseEntry);
}

function parseEntry(part: string): PortMapping {
  const [ports = "", protocol = "tcp"] = part.split("/");
  const [first = "", second] = ports.split(":");
  const host = Number(first);
  const container = Number(second ?? first);
  if (host > 65_535 || container > 65_535 || container < 1) {
    throw new RangeError(`${part}: ports go from 1 to 65535 (host port 0: any)`);
  }
  return { host, container, protocol: protocol === "udp" ? "udp" : "tcp" };
}

/** The stored form: entries joined by `;`. */
export function formatPortList(mappings: readonly PortMapping[]): string {
  return mappings.map((m) => `${m.host}:${m.container}/${m.protocol}`).join(";");
}
