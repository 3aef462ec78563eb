import {
  KernelError,
  type KernelLink,
  type KernelRoute,
  type LinkSettings,
  type Rtnetlink,
} from "@oak/netlink";

/** As routes are marked that are looked at again and again: `proto static`. */
const lasting = 4;

/** Key of the routes without an interface: the unreachable ones. */
export const nowhere = -1;

/** One look at the kernel's interfaces and routes. Not kept: the next pass takes a new one. */
export interface KernelView {
  link(name: string): KernelLink | undefined;
  links(): Iterable<KernelLink>;
  /** Those that we made, or others by hand; but not those that lead back to instances. */
  routes(link: number): readonly KernelRoute[];
}

/** Reads the interfaces at once, and the routes when they are first asked for. */
export function lookAt(kernel: Pick<Rtnetlink, "links" | "routes">): KernelView {
  const byName = new Map(kernel.links().map((link) => [link.name, link]));
  let routes: Map<number, KernelRoute[]> | undefined;
  return {
    link: (name) => byName.get(name),
    links: () => byName.values(),
    routes: (link) => {
      routes ??= groupByLink(kernel.routes(undefined, lasting));
      return routes.get(link) ?? [];
    },
  };
}

function groupByLink(routes: readonly KernelRoute[]): Map<number, KernelRoute[]> {
  const groups = new Map<number, KernelRoute[]>();
  for (const route of routes) {
    const same = groups.get(route.link ?? nowhere);
    if (same === undefined) groups.set(route.link ?? nowhere, [route]);
    else same.push(route);
  }
  return groups;
}

/** What must be set so that an interface is as it should; undefined when it is. */
export function settingsToChange(link: KernelLink, wanted: LinkSettings): LinkSettings | undefined {
  const changes: LinkSettings = {};
  if (wanted.mac !== undefined && wanted.mac !== link.mac) changes.mac = wanted.mac;
  if (wanted.mtu !== undefined && wanted.mtu !== link.mtu) changes.mtu = wanted.mtu;
  if (wanted.master !== undefined && wanted.master !== (link.master ?? 0)) {
    changes.master = wanted.master;
  }
  if (wanted.isUp !== undefined && wanted.isUp !== link.isUp) changes.isUp = wanted.isUp;
  return Object.keys(changes).length === 0 ? undefined : changes;
}

/** Gives the interface exactly these addresses, besides link-local ones; answers what was changed. */
export function ensureAddresses(
  kernel: Rtnetlink,
  link: number,
  wanted: readonly string[],
): string[] {
  const present = kernel.addresses(link).filter((address) => !address.startsWith("fe80:"));
  const missing = wanted.filter((address) => !present.includes(address));
  const wrong = present.filter((address) => !wanted.includes(address));
  for (const address of wrong) kernel.deleteAddress(link, address);
  for (const address of missing) kernel.addAddress(link, address);
  return [...wrong, ...missing];
}

/** Puts in the routes that are missing; answers them. Others stay: the kernel has its own on each interface. */
export function ensureRoutes(
  kernel: Rtnetlink,
  present: readonly KernelRoute[],
  wanted: readonly KernelRoute[],
): KernelRoute[] {
  const there = new Set(present.map(routeKey));
  const missing = wanted.filter((route) => !there.has(routeKey(route)));
  for (const route of missing) replaceRoute(kernel, route);
  return missing;
}

/**
 * Puts a route in, also where another interface had it: the kernel refuses an IPv6 gateway that a route reaches by
 * another interface, so that one has to go first.
 */
export function replaceRoute(kernel: Rtnetlink, route: KernelRoute): void {
  try {
    kernel.replaceRoute(route);
  } catch (error) {
    const isElsewhere = error instanceof KernelError && error.code === "EINVAL";
    if (!isElsewhere || route.via === undefined || !route.to.includes(":")) throw error;
    kernel.deleteRoute({ to: route.to });
    kernel.replaceRoute(route);
  }
}

/** The MTU and the metric are left out: the kernel fills in a metric of its own for IPv6. */
function routeKey({ to, via, link, kind = "unicast" }: KernelRoute): string {
  return `${to} ${via ?? ""} ${link ?? ""} ${kind}`;
}
