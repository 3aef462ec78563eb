import { setImmediate as nextTurn } from "node:timers/promises";
import type { AgentParts } from "../agent-parts.ts";
import type { DataPlane } from "../ports.ts";
import type { StoredState } from "../store/state-file.ts";

/** Between two batches other work has its turn. */
const batchSize = 100;

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
  const results = await tables.load();
  for (const [index, result] of results.entries()) {
    interests.adopt(result.app_name);
    table.learn(result);
    if (index % batchSize === batchSize - 1) await nextTurn();
  }
  for (const attachment of attachments.all()) {
    interests.adopt(attachment.service);
    table.tellLocal(attachment);
  }
}
