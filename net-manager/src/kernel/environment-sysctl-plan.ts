/** One setting of the kernel's network, such as `net/ipv4/ip_forward`: with slashes, since names of interfaces may have dots. */
export interface SysctlChange {
  key: string;
  value: string;
}

/** What the plan looks at. */
export interface SysctlView {
  /** undefined when this kernel has no such setting. */
  read(key: string): string | undefined;
  /** Names below `net/ipv4/conf`, without `all` and `default`. */
  interfaces(): readonly string[];
}

/** Our devices that exist at the moment. */
export interface OwnDevices {
  bridge: string;
  tun: string;
  tunnels: readonly string[];
}

/**
 * What is to be written, in this order, so that packets of workloads are routed and nothing changes for other interfaces. Empty when all is right.
 */
export function planSysctls(view: SysctlView, own: OwnDevices): SysctlChange[] {
  const owned = new Set([own.bridge, own.tun, ...own.tunnels]);
  const foreign = view.interfaces().filter((name) => !owned.has(name));
  const wanted = [
    ...planForwarding(view, foreign),
    ...spread(view, foreign, { name: "rp_filter", combine: Math.max }),
    ...spread(view, foreign, { name: "send_redirects", combine: Math.max }),
    ...ownSettings(own),
  ];
  return wanted.filter(({ key, value }) => {
    const present = view.read(key);
    return present !== undefined && present !== value;
  });
}

/** A host that forwards IPv6 takes no more router advertisements unless told so: it would lose its own default route. */
function planForwarding(view: SysctlView, foreign: readonly string[]): SysctlChange[] {
  const listening = ["default", ...foreign].map((name) => `net/ipv6/conf/${name}/accept_ra`);
  return [
    ...listening.filter((key) => view.read(key) === "1").map((key) => ({ key, value: "2" })),
    { key: "net/ipv4/ip_forward", value: "1" },
    { key: "net/ipv6/conf/all/forwarding", value: "1" },
  ];
}

/**
 * For these settings the kernel goes by the higher of `all` and the interface's own, so an interface of ours is free only when `all` is 0. What `all`
 * said goes to each other interface, and to those to come.
 */
function spread(
  view: SysctlView,
  foreign: readonly string[],
  setting: { name: string; combine: (all: number, own: number) => number },
): SysctlChange[] {
  const key = (name: string): string => `net/ipv4/conf/${name}/${setting.name}`;
  const all = Number(view.read(key("all")) ?? "0");
  if (all === 0) return [];
  const others = ["default", ...foreign].map((name) => ({
    key: key(name),
    value: String(setting.combine(all, Number(view.read(key(name)) ?? "0"))),
  }));
  return [...others, { key: key("all"), value: "0" }];
}

function ownSettings({ bridge, tun, tunnels }: OwnDevices): SysctlChange[] {
  const devices = [bridge, tun, ...tunnels];
  return [
    ...devices.flatMap((device) => [
      // Sources are instance addresses, whose routes lead elsewhere than they came from.
      { key: `net/ipv4/conf/${device}/rp_filter`, value: "0" },
      // Two workloads of one bridge talk by way of us: telling them the short way would lead past the rules.
      { key: `net/ipv4/conf/${device}/send_redirects`, value: "0" },
      { key: `net/ipv6/conf/${device}/disable_ipv6`, value: "0" },
      { key: `net/ipv6/conf/${device}/accept_dad`, value: "0" },
      { key: `net/ipv6/conf/${device}/accept_ra`, value: "0" },
    ]),
    // 127.0.0.1:published, asked for on this host: the replies come in over the bridge.
    { key: `net/ipv4/conf/${bridge}/route_localnet`, value: "1" },
    // First packets of the host's own programs come back through this device with an address of the host as source.
    { key: `net/ipv4/conf/${tun}/accept_local`, value: "1" },
  ];
}
