import { isForThisMachineOnly } from "@oak/kit/address-reach";
import { type Finding, fault, ok, warn } from "../finding.ts";
import { rowOf, textOf } from "./rows.ts";

const remedy =
  "Set OAK_CLUSTER_ADDRESS of the cluster to an address that the root and the workers reach, and open 10100, 10003 and 10110/tcp there";

/**
 * What the root has found at the address of a cluster; undefined where it has said nothing. Nothing hangs on it where all
 * run on one machine, so that an address of that machine alone is no fault.
 */
export function judgeReachability(name: string, told: unknown): Finding | undefined {
  const { status, detail, address } = rowOf(told);
  const found = textOf(detail);
  if (status === undefined) return undefined;
  if (status === "reachable") return ok(name, found);
  const isMild = status === "not_advertised" || status === "partly";
  if (isMild || isForThisMachineOnly(textOf(address))) return warn(name, found, remedy);
  return fault(name, found, remedy);
}
