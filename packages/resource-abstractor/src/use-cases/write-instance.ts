import type { Instance, InstanceKey, InstanceWrite, SeenWrite } from "@oak/contracts";
import { fp } from "@oak/kit";
import { errors } from "../errors.ts";
import type { InstanceStore } from "../ports.ts";
import { refusingDuplicates, versionConflict } from "./refusals.ts";

/**
 * `PUT /api/v1/instances/{job}/{n}`: the placer's whole decision, ordered by `if_version`. What was
 * observed stays as it is; the answer has no charts.
 */
export async function writeInstance(
  instances: Pick<InstanceStore, "insert" | "update" | "versionOf">,
  { if_version: version, ...assignment }: InstanceWrite,
): Promise<Instance> {
  const { _id: id, ...fields } = assignment;
  if (version > 0) {
    const stored = await instances.update(id, version, fields);
    if (stored !== undefined) fp("abstractor.instance_stored", id);
    return stored ?? refuse(instances, id);
  }
  const created: Instance = {
    ...assignment,
    rev: 1,
    seen: null,
    cpu_history: [],
    memory_history: [],
  };
  await refusingDuplicates(
    () => instances.insert(created),
    () => errors.already_exists(`Instance ${id} exists`),
  );
  fp("abstractor.instance_stored", id);
  return created;
}

/** `DELETE /api/v1/instances/{job}/{n}?if_version=`. */
export async function removeInstance(
  instances: Pick<InstanceStore, "remove" | "versionOf">,
  id: InstanceKey,
  version: number,
): Promise<void> {
  if (!(await instances.remove(id, version))) await refuse(instances, id);
  fp("abstractor.instance_removed", id);
}

/** `PATCH /api/v1/instances/{job}/{n}/seen`: a report that is not newer is no error. */
export async function recordObservation(
  instances: Pick<InstanceStore, "observe" | "versionOf">,
  id: InstanceKey,
  seen: SeenWrite,
): Promise<{ stored: boolean }> {
  if (await instances.observe(id, seen)) return { stored: true };
  if ((await instances.versionOf(id)) === undefined) throw errors.instance_unknown(`No ${id}`);
  return { stored: false };
}

async function refuse(
  instances: Pick<InstanceStore, "versionOf">,
  id: InstanceKey,
): Promise<never> {
  const current = await instances.versionOf(id);
  if (current === undefined) throw errors.instance_unknown(`No instance ${id}`);
  throw versionConflict(current);
}
