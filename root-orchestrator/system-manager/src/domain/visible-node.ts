import type { NodeView, NodeViewInFull } from "@oak/contracts";
import type { Caller } from "./caller.ts";

/** Whether the caller runs machines, and so sees where they are and what all of them do. */
export function seesMachines({ roles, isAdmin }: Pick<Caller, "roles" | "isAdmin">): boolean {
  return isAdmin || roles.includes("Infrastructure_Provider");
}

/** For others: that it is there and what it offers, not where it is. */
export function withoutAddress<View extends NodeView>(node: View): View {
  return { ...node, ip: "" };
}

/** For others also: no workloads but their own, and nothing of the machine beyond the figures that the list has. */
export function onlyOwn(node: NodeViewInFull, own: ReadonlySet<string>): NodeViewInFull {
  return {
    ...withoutAddress(node),
    workloads: node.workloads.filter(({ service_id }) => own.has(service_id)),
    hardware: {},
  };
}
