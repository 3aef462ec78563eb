import type { Conntrack, Flow } from "@oak/netlink";
import type { Addresses } from "../ports.ts";

/** States in which a connection of TCP carries nothing more. */
const OVER: ReadonlySet<string> = new Set(["close", "close_wait", "time_wait", "last_ack"]);

/** Ends the tracked connections to a namespace's addresses, whatever address was dialled. */
export function cutFlows(conntrack: Conntrack, namespace: Addresses): void {
  for (const flow of flowsTo(conntrack, namespace)) conntrack.deleteFlow(flow);
}

/** Number of connections to them that may still carry something. */
export function countFlows(conntrack: Conntrack, namespace: Addresses): number {
  return flowsTo(conntrack, namespace).filter(
    ({ state }) => state === undefined || !OVER.has(state),
  ).length;
}

function flowsTo(conntrack: Conntrack, { v4, v6 }: Addresses): Flow[] {
  return [
    // Who answers is who was connected to, behind all translation.
    ...conntrack.flows(4).filter(({ reply }) => reply.source === v4),
    ...conntrack.flows(6).filter(({ reply }) => reply.source === v6),
  ];
}
