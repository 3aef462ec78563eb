import { BlockList, isIP } from "node:net";
import { type AddressReach, reachOf } from "@oak/kit";

/** A place that an operator allows: a host name or a range of addresses, on one port or on any. */
export interface ReachRule {
  name?: string;
  range?: { address: string; prefix: number };
  port?: number;
}

/** Where a request would go: the host as the URL names it, and an address that it stands for. */
export interface Place {
  host: string;
  address: string;
  port: number;
}

/** Decides which addresses hooks may reach. */
export interface ReachPolicy {
  /** Why this place must not be dialled; undefined when it may. */
  refusal(place: Place): string | undefined;
}

export interface ReachPolicyOptions {
  allow?: readonly ReachRule[];
  /** Whether private ranges (10/8, 192.168/16, fc00::/7 …) are open without a rule. */
  allowPrivate?: boolean;
}

/** What even an allowed name does not lead to: only its address, named by the operator, does. */
const neverByName: ReadonlySet<AddressReach> = new Set(["metadata", "special", "unspecified"]);

/** Ports above 1023 at which something else than HTTP listens, and to which a POST may do harm. */
const otherProtocols: ReadonlySet<number> = new Set([
  ...[1433, 1521, 2049, 3306, 4190, 5060, 5061, 5432, 5672, 6000, 6379, 6566],
  ...[6665, 6666, 6667, 6668, 6669, 6697, 10080, 11211, 27017, 27018, 27019],
]);

export function createReachPolicy({
  allow = [],
  allowPrivate = true,
}: ReachPolicyOptions): ReachPolicy {
  const rules = allow.map(matcherOf);
  return {
    refusal: (place) => {
      const reach = reachOf(place.address);
      const matching = rules.filter((rule) => rule.matches(place, reach));
      if (!isForHttp(place.port) && !matching.some(({ port }) => port === place.port)) {
        return `port ${place.port} is not for hooks`;
      }
      if (matching.some(({ port }) => port === undefined || port === place.port)) return undefined;
      if (reach === "public" || (reach === "private" && allowPrivate)) return undefined;
      return `${place.address} is a ${reach} address`;
    },
  };
}

interface Matcher {
  port: number | undefined;
  matches(place: Place, reach: AddressReach): boolean;
}

function matcherOf({ name, range, port }: ReachRule): Matcher {
  if (range === undefined) {
    const wanted = name?.toLowerCase();
    return {
      port,
      matches: ({ host }, reach) => host.toLowerCase() === wanted && !neverByName.has(reach),
    };
  }
  const list = new BlockList();
  list.addSubnet(range.address, range.prefix, familyOf(range.address));
  return { port, matches: ({ address }) => list.check(address, familyOf(address)) };
}

function isForHttp(port: number): boolean {
  return port === 80 || port === 443 || (port >= 1024 && !otherProtocols.has(port));
}

/**
 * Reads `HOOKS_ALLOW`: host names, addresses and ranges, separated by commas or spaces, each with a port if it is for
 * that port alone (`receiver`, `receiver:8080`, `127.0.0.1:9000`, `10.1.0.0/16`, `[::1]:9000`).
 * @returns undefined for what cannot be read
 */
export function readReachRules(text: string): ReachRule[] | undefined {
  const rules = text
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .map(readRule);
  return rules.every((rule) => rule !== undefined) ? rules : undefined;
}

function readRule(entry: string): ReachRule | undefined {
  const { place, port: portText } = split(entry);
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && !(port >= 1 && port <= 65_535)) return undefined;
  const onPort = port === undefined ? {} : { port };
  const [address = "", prefixText] = place.split("/");
  const family = isIP(address);
  if (family === 0) {
    const isName = /^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9])?$/i.test(place);
    return isName ? { name: place, ...onPort } : undefined;
  }
  const most = family === 6 ? 128 : 32;
  const prefix = prefixText === undefined ? most : Number(prefixText);
  if (!/^\d{0,3}$/.test(prefixText ?? "") || prefix > most) return undefined;
  return { range: { address, prefix }, ...onPort };
}

function split(entry: string): { place: string; port?: string | undefined } {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(entry);
  if (bracketed !== null) return { place: bracketed[1] ?? "", port: bracketed[2] };
  const single = /^([^:]*):(\d{1,5})$/.exec(entry);
  if (single !== null) return { place: single[1] ?? "", port: single[2] };
  return { place: entry };
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
