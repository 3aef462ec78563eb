import type { AgentParts } from "../agent-parts.ts";
import { inSlices } from "../in-slices.ts";
import type { DataPlane } from "../ports.ts";
import type { StoredState } from "../store/state-file.ts";

/** Takes up what was attached and known before, as far as its namespaces are still there. */
export async function adoptState(
  {
    attachments,
    table,
    interests,
    tables,
  }: Pick<AgentParts, "attachments" | "table" | "interests" | "tables">,
  plane: Pick<DataPlane, "slots">,
  stored: StoredState,
): Promise<void> {
  const slots = new Map(plane.slots().map((slot) => [slot.id, slot]));
  for (const { pair, slot: known, ...rest } of stored.attachments) {
    const slot = slots.get(known.id);
    // Another address: only the number of a namespace that is gone has been given again.
    if (slot === undefined || slot.namespace.v4 !== known.namespace.v4) continue;
    attachments.set({ ...rest, slot, ...(pair && { pair }) });
  }
  await inSlices(await tables.load(), (result) => {
    interests.adopt(result.app_name);
    table.learn(result);
  });
  for (const attachment of attachments.all()) {
    interests.adopt(attachment.service);
    table.tellLocal(attachment);
  }
}
