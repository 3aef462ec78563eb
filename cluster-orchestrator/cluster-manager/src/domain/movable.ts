import type { Instance, JobSpec, MoveWish } from "@oak/contracts";
import { whyNeverTwice } from "@oak/core";
import type { WorkerRoster } from "../ports.ts";

/** Why an instance cannot leave its worker, or not for the named one. What fits there is the scheduler's to say. */
export function whyNotMovable(
  { child, fenced }: Instance,
  job: JobSpec,
  { node }: MoveWish,
  roster: Pick<WorkerRoster, "get">,
): string | undefined {
  const never = whyNeverTwice(job);
  if (never !== undefined) return never;
  if (child !== null && roster.get(child)?.isLegacy === true) {
    return "Its worker is of an older version, which knows no second copy";
  }
  if (node === null) return undefined;
  if (node === child) return `It runs on ${node} already`;
  if (fenced.some((copy) => copy.child === node)) {
    return `An earlier copy of it has not ended on ${node}`;
  }
  const named = roster.get(node);
  if (named === undefined) return `This cluster has no worker ${node}`;
  if (named.liveness !== "alive") return `Worker ${node} is not connected`;
  return named.isLegacy ? `Worker ${node} is of an older version` : undefined;
}
