import { BlockList, isIP } from "node:net";

/**
 * How far an address is good: `loopback` on its own machine, `link-local` on one wire, `private` inside a site, `public`
 * anywhere. `metadata`: where clouds tell machines their secrets. `special`: multicast, reserved, and forms of IPv6
 * that hide an IPv4 address. `name`: no address.
 */
export type AddressReach =
  | "loopback"
  | "unspecified"
  | "metadata"
  | "link-local"
  | "special"
  | "private"
  | "public"
  | "name";

/** The first one that holds an address counts. */
const kinds: readonly (readonly [AddressReach, BlockList])[] = [
  ["loopback", listOf("127.0.0.0/8", "::1/128")],
  ["unspecified", listOf("0.0.0.0/8", "::/128")],
  [
    "metadata",
    listOf("169.254.169.254/32", "100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::254/128"),
  ],
  ["link-local", listOf("169.254.0.0/16", "fe80::/10")],
  [
    "special",
    listOf(
      ...["224.0.0.0/3", "192.0.0.0/24", "ff00::/8", "fec0::/10", "100::/64"],
      // Each of these is a way to write an IPv4 address.
      ...["::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"],
    ),
  ],
  ["private", listOf("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")],
];

/** An IPv4 address written as IPv6 (`::ffff:…`) counts as what it is. */
export function reachOf(host: string): AddressReach {
  // Neither brackets nor the name of an interface change what it is.
  const bare = host.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const name = bare.toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost")) return "loopback";
  const family = isIP(bare);
  if (family === 0) return "name";
  const type = family === 6 ? "ipv6" : "ipv4";
  const found = kinds.find(([, list]) => list.check(bare, type));
  return found?.[0] ?? "public";
}

/** Whether no other machine can reach it. */
export function isForThisMachineOnly(host: string): boolean {
  const reach = reachOf(host);
  return reach === "loopback" || reach === "unspecified";
}

/** `host:port`, with brackets around an IPv6 address. */
export function endpointOf(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

function listOf(...subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = "", prefix] = subnet.split("/");
    list.addSubnet(address, Number(prefix), address.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}
