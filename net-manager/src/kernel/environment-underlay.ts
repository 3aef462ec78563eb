import { isIPv6 } from "node:net";
import type { Rtnetlink } from "@oak/netlink";
import { canonical } from "./environment-addresses.ts";

/** The interface that leads to other workers. */
export interface Underlay {
  family: 4 | 6;
  /** An address of this host, which tunnels start from. */
  local: string;
  mtu: number;
}

type Kernel = Pick<Rtnetlink, "links" | "addresses" | "routes">;

/**
 * Finds it by the address that others use for this worker. Behind NAT no interface has that one: then the default route says where packets go.
 * @returns undefined when there is neither
 */
export function findUnderlay(kernel: Kernel, address: string): Underlay | undefined {
  const wanted = canonical(address);
  const family = isIPv6(wanted) ? 6 : 4;
  const links = kernel.links();
  for (const link of links) {
    if (bare(kernel.addresses(link.index)).includes(wanted)) {
      return { family, local: wanted, mtu: link.mtu };
    }
  }
  const everywhere = family === 4 ? "0.0.0.0/0" : "::/0";
  const route = kernel.routes().find(({ to, link }) => to === everywhere && link !== undefined);
  const link = links.find(({ index }) => index === route?.link);
  if (link === undefined) return undefined;
  const own = bare(kernel.addresses(link.index)).find(
    (candidate) => isIPv6(candidate) === (family === 6) && !candidate.startsWith("fe80:"),
  );
  return own === undefined ? undefined : { family, local: own, mtu: link.mtu };
}

function bare(addresses: readonly string[]): string[] {
  return addresses.map((address) => address.split("/")[0] ?? "");
}
