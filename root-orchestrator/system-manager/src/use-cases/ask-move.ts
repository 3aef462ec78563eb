import type { Instance, MoveRequest } from "@oak/contracts";
import { nextNumber } from "@oak/core";
import { fp } from "@oak/kit";
import { writeCounted } from "@oak/tier";
import type { PlacerDeps } from "./reconcile-instance.ts";

/**
 * Makes a request to move a wish to the cluster: counted, so that its next poll brings it, and with a number of its
 * own, by which the cluster knows a wish that it has answered.
 */
export async function askMove(
  deps: Pick<PlacerDeps, "book" | "holds" | "ledger" | "tier">,
  instance: Instance,
  request: MoveRequest,
): Promise<void> {
  if (instance.child === null) return;
  const { asked, epoch } = instance;
  const placed_rev = asked?.epoch === epoch ? asked.placed_rev : instance.want_rev;
  const id = nextNumber(asked?.id ?? 0, deps.tier.current().base);
  await writeCounted(deps, instance.child, instance, (want_rev) => ({
    ...instance,
    want_rev,
    asked: { ...request, id, placed_rev },
  }));
  fp("placer.move_asked", instance._id);
}
