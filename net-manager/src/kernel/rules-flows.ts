import { BlockList } from "node:net";
import type { Conntrack, Flow, FlowEnds } from "@oak/netlink";
import type { Addresses, FlowView, Subnet } from "../ports.ts";

/** States in which a connection of TCP carries nothing more. */
const OVER: ReadonlySet<string> = new Set(["close", "close_wait", "time_wait", "last_ack"]);

/** States in which both sides have said that they send nothing more. */
const CLOSED: ReadonlySet<string> = new Set(["close", "time_wait", "last_ack"]);

const PROTOCOLS: Readonly<Record<number, FlowView["protocol"]>> = {
  1: "icmp",
  6: "tcp",
  17: "udp",
  58: "icmp",
};

/** What a workload says to everybody, as when its interface comes up, is no connection. */
const multicast = new BlockList();
multicast.addSubnet("224.0.0.0", 4);
multicast.addSubnet("ff00::", 8, "ipv6");

/** Ends the tracked connections to a namespace's addresses, whatever address was dialled. */
export async function cutFlows(conntrack: Conntrack, { v4, v6 }: Addresses): Promise<void> {
  for (const [family, source] of [
    [4, v4],
    [6, v6],
  ] as const) {
    // Who answers is who was connected to, behind all translation.
    const flows = await conntrack.scan(family, (flow) => flow, { filter: { reply: { source } } });
    for (const flow of flows) conntrack.deleteFlow(flow);
  }
}

/** All addresses that answer in connections that may still carry something. */
export async function busyAddresses(conntrack: Conntrack): Promise<Set<string>> {
  const busy = new Set<string>();
  for (const family of [4, 6] as const) {
    await conntrack.scan(family, ({ state, reply }) => {
      if (state === undefined || !OVER.has(state)) busy.add(reply.source);
      return undefined;
    });
  }
  return busy;
}

/** Whether somebody is connected to one of a namespace's addresses; one side may have said that it has no more to send. */
export async function hasOpenFlows(conntrack: Conntrack, { v4, v6 }: Addresses): Promise<boolean> {
  for (const [family, source] of [
    [4, v4],
    [6, v6],
  ] as const) {
    const open = await conntrack.scan(
      family,
      ({ protocol, state }) => {
        const isOver = CLOSED.has(state ?? "") || PROTOCOLS[protocol] === "icmp";
        return isOver ? undefined : true;
      },
      { filter: { reply: { source } }, limit: 1 },
    );
    if (open.length > 0) return true;
  }
  return false;
}

/** The connections that have an end in one of the subnet's namespaces, `limit` at most. */
export async function viewFlows(
  conntrack: Conntrack,
  subnet: Subnet,
  limit: number,
): Promise<FlowView[]> {
  const own = new BlockList();
  own.addSubnet(subnet.v4, 26);
  own.addSubnet(subnet.v6, 120, "ipv6");
  const views: FlowView[] = [];
  for (const family of [4, 6] as const) {
    const kind = family === 4 ? "ipv4" : "ipv6";
    const view = (flow: Flow): FlowView | undefined => {
      const { original, reply } = flow;
      const isOwn = own.check(original.source, kind) || own.check(reply.source, kind);
      return isOwn && !multicast.check(original.destination, kind) ? viewOf(flow) : undefined;
    };
    views.push(...(await conntrack.scan(family, view, { limit: limit - views.length })));
  }
  return views;
}

function viewOf({ protocol, original, reply, state }: Flow): FlowView {
  return {
    protocol: PROTOCOLS[protocol] ?? "other",
    client: endOf(original.source, original.sourcePort),
    dialled: endOf(original.destination, original.destinationPort),
    server: endOf(reply.source, reply.sourcePort),
    ...(state !== undefined && { state }),
  };
}

/** `10.18.0.66:4000`, `[fc00::102]:4000`, or the address alone. */
export function endOf(address: string, port: FlowEnds["sourcePort"]): string {
  if (port === undefined) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
