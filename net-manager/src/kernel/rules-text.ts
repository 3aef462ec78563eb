import { formatAddress, parseAddress } from "@oak/core";
import { admissionChains } from "./rules-text-admission.ts";
import { classChains, classElements } from "./rules-text-classes.ts";
import { quoted, type RulesetOptions } from "./rules-text-parts.ts";
import { bothFamilies, familySets } from "./rules-text-sets.ts";
import { leavingChains, translationChains } from "./rules-text-translation.ts";

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
${bothFamilies(familySets, ["ipv4_addr", "ip", "4"], ["ipv6_addr", "ip6", "6"])}
  map classes {
    comment "mark of a class : its chain"
    type mark : verdict
  }
${[...options.classes].map(classChains).join("\n")}
${translationChains(options)}
${admissionChains(options)}
${sealedChain(options)}
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

/** The kernel hands a tunnel all that comes to its port, whichever way it came. */
function sealedChain({ sealed }: RulesetOptions): string {
  if (sealed === undefined) return "";
  return `  chain arrive {
    type filter hook input priority filter; policy accept;
    iifname != ${quoted(sealed.device)} udp dport ${sealed.port} drop comment "not encrypted"
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
