import { quoted, type RulesetOptions, set } from "./rules-text-parts.ts";

interface Source {
  prefix: string;
  gateway: string;
}

/** What becomes of a packet before it is routed. */
export function translationChains({
  serviceRanges,
  subnet,
  gateway,
  bridge,
  tun,
}: RulesetOptions): string {
  const inner = set([bridge, tun].map(quoted));
  const v4 = set(serviceRanges.v4);
  const v6 = set(serviceRanges.v6);
  // What begins a connection waits in user space until its sender has an instance address. Segments of TCP that
  // do not begin one are replies to a client that is known by now.
  // The host's own programs send with the bridge's address, and need no other.
  const track = (field: string, n: string, { prefix, gateway: host }: Source) => {
    const nameless = `${field} saddr ${prefix} ${field} saddr != ${host} ${field} saddr != @instance${n} notrack`;
    return `  chain track${n} {
    comment "to a service range"
    ${field} daddr != @known${n} notrack
    tcp flags & (syn | ack) == syn ${nameless}
    meta l4proto != tcp ${nameless}
  }`;
  };
  const from4 = { prefix: `${subnet.v4}/26`, gateway: gateway.v4 };
  const from6 = { prefix: `${subnet.v6}/120`, gateway: gateway.v6 };
  const translate = (field: string, n: string) => `  chain translate${n} {
    update @used${n} { ${field} daddr }
    dnat ${field} to ${field} daddr map @single${n}
    meta mark set ${field} daddr map @class${n} meta mark vmap @classes
    meta mark set 0
  }`;
  // Each packet comes here, twice if it goes through a tunnel, so what is cheap and excludes most is looked at first:
  // a part of the header costs a tenth of a name of a device or an element.
  return `${track("ip", "4", from4)}
${track("ip6", "6", from6)}
  chain track {
    type filter hook prerouting priority raw; policy accept;
    ip daddr 127.0.0.0/8 iifname ${inner} drop comment "the bridge may route these, for published ports"
    ip saddr ${from4.prefix} ip saddr @exclusive4 ip saddr != @leased4 drop
    ip6 saddr ${from6.prefix} ip6 saddr @exclusive6 ip6 saddr != @leased6 drop
    ip daddr ${v4} goto track4
    ip6 daddr ${v6} goto track6
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
    ip6 daddr != ::1 dnat ip6 to meta l4proto . th dport map @published6 comment "no kernel routes ::1: refused, clients go on to 127.0.0.1"
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

/** What becomes of it when it leaves. */
export function leavingChains({
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
    ip daddr ${subnet.v4}/26 ip daddr @exclusive4 ip daddr != @leased4 drop
    ip6 daddr ${subnet.v6}/120 ip6 daddr @exclusive6 ip6 daddr != @leased6 drop
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
