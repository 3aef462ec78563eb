import { formatAddress, parseAddress } from "@oak/core";
import type { RulesOptions } from "./rules-port.ts";

/** As many chains stand for one number of targets; a service shares its counter with others beyond that. */
export const GROUPS = 16;
/** Numbers of targets whose chains are there from the beginning. */
export const FIRST_CLASSES: readonly number[] = [2, 3, 4];
/** A destination counts as used for so long after a new connection. */
const INTEREST = "1m";
/** Destinations that are remembered as used, and unknown ones that are refused, at most. */
const REMEMBERED = 65_536;

/** Mark of the class with so many targets and that counter. */
export function classMark(targets: number, group: number): number {
  return targets * GROUPS + group;
}

export interface RulesetOptions extends RulesOptions {
  /** Name of the table, in the families inet and bridge. */
  table: string;
  /** Numbers of targets that have chains. */
  classes: Iterable<number>;
  /** Addresses of the bridge, which stand for what has no instance address. */
  gateway: { v4: string; v6: string };
}

/**
 * The whole ruleset without its elements. Loading it over one that stands replaces all rules in one transaction, and
 * leaves the elements of its sets and maps.
 */
export function rulesetText(options: RulesetOptions): string {
  const { table } = options;
  return `add table inet ${table}
flush table inet ${table}
add table bridge ${table}
flush table bridge ${table}
table inet ${table} {
  comment "packets of workloads; made and repaired by net-manager"
${family(sets, ["ipv4_addr", "ip", "4"], ["ipv6_addr", "ip6", "6"])}
  map classes {
    comment "mark of a class : its chain"
    type mark : verdict
  }
${[...options.classes].map(classChains).join("\n")}
${translationChains(options)}
${admissionChains(options)}
${leavingChains(options)}
}
${guardText(table)}
${[...options.classes].map((targets) => classElements(table, targets)).join("\n")}
`;
}

/** Chains for another number of targets, into a table that stands. */
export function classText(table: string, targets: number): string {
  const chains = classChains(targets);
  return `table inet ${table} {\n${chains}\n}\n${classElements(table, targets)}\n`;
}

/** Takes both tables out, also when they are not there. */
export function removalText(table: string): string {
  return ["inet", "bridge"]
    .map((family) => `add table ${family} ${table}\ndelete table ${family} ${table}\n`)
    .join("");
}

type FamilyNames = readonly [type: string, field: string, suffix: string];

function family(text: (names: FamilyNames) => string, ...families: FamilyNames[]): string {
  return families.map(text).join("\n");
}

function sets([type, field, n]: FamilyNames): string {
  return `  set known${n} {
    comment "service and instance addresses that are tracked; all others go to user space"
    type ${type}
  }
  map single${n} {
    comment "service address : its only target"
    type ${type} : ${type}
  }
  map class${n} {
    comment "service address : mark of its class, when it has more targets"
    type ${type} : mark
  }
  map slots${n} {
    comment "service address . number : target"
    typeof ${field} daddr . numgen inc mod 2 : ${field} daddr
  }
  map instance${n} {
    comment "namespace address of a local workload : its instance address"
    type ${type} : ${type}
  }
  map tenant${n} {
    comment "namespace address of a local workload : number of its application"
    type ${type} : mark
  }
  set admitted${n} {
    comment "number of an application . namespace, instance or service address to which it may connect"
    typeof meta mark . ${field} daddr
  }
  map published${n} {
    comment "protocol . port of this worker : namespace address . port"
    type inet_proto . inet_service : ${type} . inet_service
  }
  set exclusive${n} {
    comment "namespace addresses that speak only while leased${n} has them"
    type ${type}
  }
  set leased${n} {
    type ${type}
    flags timeout
  }
  set refused${n} {
    comment "service addresses that nobody knows"
    type ${type}
    size ${REMEMBERED}
    flags timeout
  }
  set used${n} {
    comment "service addresses with new connections or replies of late"
    type ${type}
    size ${REMEMBERED}
    flags dynamic,timeout
    timeout ${INTEREST}
  }`;
}

function classChains(targets: number): string {
  // The mark must not outlive its use: a tunnel's outer packet inherits it, and foreign routing rules may know it.
  const pick = (field: string, n: string) =>
    `    meta mark set 0 dnat ${field} to ${field} daddr . numgen inc mod ${targets} map @slots${n}`;
  return groups()
    .map(
      (group) =>
        `  chain ${chainName(targets, group)} {\n${pick("ip", "4")}\n${pick("ip6", "6")}\n  }`,
    )
    .join("\n");
}

function classElements(table: string, targets: number): string {
  const elements = groups().map(
    (group) => `${classMark(targets, group)} : goto ${chainName(targets, group)}`,
  );
  return `add element inet ${table} classes { ${elements.join(", ")} }`;
}

function chainName(targets: number, group: number): string {
  return `pick-${targets}-${group}`.replaceAll("-", "_");
}

function groups(): number[] {
  return Array.from({ length: GROUPS }, (_, group) => group);
}

function translationChains({ serviceRanges, subnet, bridge, tun }: RulesetOptions): string {
  const inner = set([bridge, tun].map(quoted));
  const v4 = set(serviceRanges.v4);
  const v6 = set(serviceRanges.v6);
  // What begins a connection waits in user space until its sender has an instance address. Segments of TCP that
  // do not begin one are replies to a client that is known by now.
  const nameless = (field: string, n: string, prefix: string, range: string) =>
    `${field} saddr ${prefix} ${field} daddr ${range} ${field} saddr != @instance${n}`;
  const track = (field: string, n: string, prefix: string, range: string) => `
    ${field} daddr ${range} ${field} daddr != @known${n} notrack
    ${nameless(field, n, prefix, range)} tcp flags & (syn | ack) == syn notrack
    ${nameless(field, n, prefix, range)} meta l4proto != tcp notrack`;
  const translate = (field: string, n: string) => `  chain translate${n} {
    update @used${n} { ${field} daddr }
    dnat ${field} to ${field} daddr map @single${n}
    meta mark set ${field} daddr map @class${n} meta mark vmap @classes
    meta mark set 0
  }`;
  return `  chain track {
    type filter hook prerouting priority raw; policy accept;
    ip saddr @exclusive4 ip saddr != @leased4 drop
    ip6 saddr @exclusive6 ip6 saddr != @leased6 drop${track("ip", "4", `${subnet.v4}/26`, v4)}${track("ip6", "6", `${subnet.v6}/120`, v6)}
  }
  chain track_local {
    type filter hook output priority raw; policy accept;
    ip daddr ${v4} ip daddr != @known4 notrack
    ip6 daddr ${v6} ip6 daddr != @known6 notrack
  }
${translate("ip", "4")}
${translate("ip6", "6")}
  chain translate {
    ip daddr ${v4} jump translate4
    ip6 daddr ${v6} jump translate6
  }
  chain publish {
    dnat ip to meta l4proto . th dport map @published4
    dnat ip6 to meta l4proto . th dport map @published6
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    iifname ${inner} jump translate
    fib daddr type local jump publish
  }
  chain output {
    type nat hook output priority -100; policy accept;
    jump translate
    fib daddr type local jump publish
  }`;
}

function admissionChains({ bridge, tun, tunnels, serviceRanges, subnet }: RulesetOptions): string {
  const all = set([bridge, tun, ...tunnels].map(quoted));
  const inner = set([bridge, tun].map(quoted));
  const outer = set(tunnels.map(quoted));
  // Workloads are known by their addresses: packets to them may leave by the bridge, or straight by one of its ports.
  const local = (verdict: string, matches = "") =>
    `    ${matches}ip daddr ${subnet.v4}/26 ${verdict}\n    ${matches}ip6 daddr ${subnet.v6}/120 ${verdict}`;
  const v4 = set(serviceRanges.v4);
  const v6 = set(serviceRanges.v6);
  const reply = (field: string, n: string, range: string) =>
    `    oifname ${outer} ct direction reply ${field} daddr ${range} ${field} daddr != @used${n} add @used${n} { ${field} daddr }`;
  const admit = (field: string, n: string) => `    meta mark set ${field} saddr map @tenant${n}
    meta mark . ${field} daddr @admitted${n} meta mark set 0 accept`;
  const screen = (field: string, n: string) => `  chain screen${n} {
    meta mark set 0
    meta mark set ${field} saddr map @tenant${n}
    meta mark . ${field} daddr != @admitted${n} goto deny_screened
    meta mark set 0
  }`;
  // The kernel sends an address no more than one ICMP error a second, after the first few, and TCP over IPv6 may
  // overlook one that arrives while it still sends. Resets are free of both.
  return `  chain nobody {
    comment "known, and nothing stands behind it"
    meta l4proto tcp reject with tcp reset
    reject with icmpx port-unreachable
  }
  chain screen {
    comment "the same as further on, but before translation: the reset must come from the address that was dialled"
    type filter hook prerouting priority dstnat - 5; policy accept;
    iifname ${inner} ct state new ip daddr ${v4} goto screen4
    iifname ${inner} ct state new ip6 daddr ${v6} goto screen6
  }
${screen("ip", "4")}
${screen("ip6", "6")}
  chain deny_screened {
    meta mark set 0
    meta l4proto tcp reject with tcp reset
    reject with icmpx admin-prohibited
  }
  chain deny {
    reject with icmpx admin-prohibited
  }
  chain ask {
    comment "on the way to user space"
    iifname != ${inner} reject with icmpx host-unreachable
    ct state new goto nobody
    jump refuse
    accept
  }
  chain refuse {
    ip daddr @refused4 goto unreachable
    ip6 daddr @refused6 goto unreachable
  }
  chain unreachable {
    meta nfproto ipv4 limit rate 20/second reject with icmpx host-unreachable
    meta l4proto tcp reject with tcp reset
    reject with icmpx host-unreachable
  }
  chain enter {
    comment "to a workload, here or on another worker"
    ct status dnat ct original ip daddr != ${v4} accept
    ct status dnat ct original ip6 daddr != ${v6} accept
    iifname != ${inner} goto deny
    meta mark set 0
${admit("ip", "4")}
${admit("ip6", "6")}
    meta mark set 0
    goto deny
  }
  chain ours {
    tcp flags syn / syn,rst tcp option maxseg size set rt mtu
${reply("ip", "4", v4)}
${reply("ip6", "6", v6)}
    ct state established,related accept
    oifname ${quoted(tun)} goto ask
    iifname ${quoted(tun)} meta l4proto { icmp, ipv6-icmp } accept comment "net-manager refuses a first packet"
    ct state invalid,untracked drop
    ip daddr ${v4} goto nobody
    ip6 daddr ${v6} goto nobody
${local("accept", `iifname ${outer} `)}
    iifname ${outer} goto deny
${local("goto enter")}
    oifname ${outer} goto enter
    accept
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname ${all} goto ours
    oifname ${all} goto ours
${local("goto ours")}
  }
  chain local {
    ct state new goto nobody
    goto refuse
  }
  chain leave_local {
    type filter hook output priority filter; policy accept;
    icmp type redirect ip daddr ${subnet.v4}/26 drop
    icmpv6 type nd-redirect ip6 daddr ${subnet.v6}/120 drop
    ip daddr ${v4} goto local
    ip6 daddr ${v6} goto local
  }`;
}

function leavingChains({
  bridge,
  tun,
  tunnels,
  serviceRanges,
  subnet,
  gateway,
}: RulesetOptions): string {
  const overlay = set([bridge, ...tunnels].map(quoted));
  const v4 = set(serviceRanges.v4);
  const v6 = set(serviceRanges.v6);
  return `  chain lease {
    type filter hook postrouting priority srcnat - 10; policy accept;
    ip daddr @exclusive4 ip daddr != @leased4 drop
    ip6 daddr @exclusive6 ip6 daddr != @leased6 drop
  }
  chain identify {
    comment "who the target of a translated connection sees"
    ct status dnat snat ip to ip saddr map @instance4
    ct status dnat snat ip6 to ip6 saddr map @instance6
    ct original ip daddr ${v4} ip saddr ${subnet.v4}/26 fib saddr type != local drop
    ct original ip6 daddr ${v6} ip6 saddr ${subnet.v6}/120 fib saddr type != local drop
    ct original ip daddr ${v4} fib saddr type local snat ip to ${gateway.v4}
    ct original ip6 daddr ${v6} fib saddr type local snat ip6 to ${gateway.v6}
    ip saddr 127.0.0.0/8 snat ip to ${gateway.v4}
    ip6 saddr ::1 snat ip6 to ${gateway.v6}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname ${overlay} goto identify
    ip daddr ${subnet.v4}/26 goto identify
    ip6 daddr ${subnet.v6}/120 goto identify
    oifname ${quoted(tun)} accept
    ip saddr ${subnet.v4}/26 masquerade
    ip6 saddr ${subnet.v6}/120 masquerade
  }`;
}

/** On the ports of the bridge; in the inet family only the bridge itself can be seen. */
function guardText(table: string): string {
  return `table bridge ${table} {
  comment "a workload sends with its own addresses only; made and repaired by net-manager"
  set links {
    type ifname
  }
  set senders4 {
    type ifname . ipv4_addr
  }
  set senders6 {
    type ifname . ipv6_addr
  }
  chain prerouting {
    type filter hook prerouting priority -300; policy accept;
    iifname != @links accept
    ip saddr != 0.0.0.0 iifname . ip saddr != @senders4 drop
    arp saddr ip != 0.0.0.0 iifname . arp saddr ip != @senders4 drop
    ip6 saddr != { ::, fe80::/10 } iifname . ip6 saddr != @senders6 drop
  }
}`;
}

/** The address of the bridge in a subnet. */
export function firstAddress(base: string): string {
  const address = parseAddress(base);
  if (address === undefined) throw new RangeError(`${base} is not an address`);
  return formatAddress({ ...address, value: address.value + 1n });
}

function set(members: readonly string[]): string {
  return members.length === 1 ? String(members[0]) : `{ ${members.join(", ")} }`;
}

function quoted(name: string): string {
  return `"${name}"`;
}
