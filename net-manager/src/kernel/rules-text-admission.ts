import { quoted, type RulesetOptions, set } from "./rules-text-parts.ts";

/** What may pass, and how the rest is refused. */
export function admissionChains({
  bridge,
  tun,
  tunnels,
  serviceRanges,
  subnet,
  gateway,
}: RulesetOptions): string {
  const all = set([bridge, tun, ...tunnels].map(quoted));
  const inner = set([bridge, tun].map(quoted));
  const outer = set(tunnels.map(quoted));
  // Workloads are known by their addresses: packets to them may leave by the bridge, or straight by one of its ports.
  const local = (verdict: string, matches = "") =>
    `    ${matches}ip daddr ${subnet.v4}/26 ${verdict}\n    ${matches}ip6 daddr ${subnet.v6}/120 ${verdict}`;
  const v4 = set(serviceRanges.v4);
  const v6 = set(serviceRanges.v6);
  const reply = (field: string, n: string, range: string) =>
    `    ${field} daddr ${range} ct direction reply oifname ${outer} ${field} daddr != @used${n} add @used${n} { ${field} daddr }`;
  const admit = (field: string, n: string) => `    meta mark set ${field} saddr map @tenant${n}
    meta mark . ${field} daddr @admitted${n} meta mark set 0 accept`;
  // The host's own programs may connect anywhere; their first packets come back from user space.
  const host = (field: string, address: string) =>
    `iifname ${quoted(tun)} ${field} saddr ${address}`;
  const screen = (field: string, n: string, address: string) => `  chain screen${n} {
    ${host(field, address)} return
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
    ct state new ip daddr ${v4} iifname ${inner} goto screen4
    ct state new ip6 daddr ${v6} iifname ${inner} goto screen6
  }
${screen("ip", "4", gateway.v4)}
${screen("ip6", "6", gateway.v6)}
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
    ${host("ip", gateway.v4)} accept
    ${host("ip6", gateway.v6)} accept
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
    iifname ${outer} ip daddr @tenant4 accept
    iifname ${outer} ip6 daddr @tenant6 accept
${local("goto nobody", `iifname ${outer} `)}
    iifname ${outer} goto deny
${local("goto enter")}
    oifname ${outer} goto enter
    accept
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established ct direction original accept comment "admitted when it began, like what is not ours"
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
