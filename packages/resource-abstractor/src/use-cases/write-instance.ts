import type { Instance, InstanceKey, InstanceWrite, SeenWrite } from "@oak/contracts";
import type { AppError } from "@oak/kit";
import { errors } from "../errors.ts";
import type { InstanceStore } from "../ports.ts";
import { versionConflict } from "./refusals.ts";

/**
 * `PUT /api/v1/instances/{job}/{n}`: the placer's whole decision, ordered by `if_version`. What was
 * observed stays as it is; the answer has no charts.
 */
export async function writeInstance(
  instances: Pick<InstanceStore, "byIds" | "changeAll" | "versionOf">,
  assignment: InstanceWrite,
): Promise<Instance> {
  const { _id: id, if_version: version } = assignment;
  const [outcome] = await instances.changeAll([{ do: "write", ...assignment }]);
  if (outcome === "conflict" && version === 0) {
    throw errors.already_exists(`Instance ${id} exists`);
  }
  const [stored] = outcome === "done" ? await instances.byIds([id]) : [];
  if (stored === undefined) throw await refusal(instances, id);
  return stored;
}

/** `DELETE /api/v1/instances/{job}/{n}?if_version=`. */
export async function removeInstance(
  instances: Pick<InstanceStore, "changeAll" | "versionOf">,
  id: InstanceKey,
  version: number,
): Promise<void> {
  if ((await instances.versionOf(id)) === undefined) throw await refusal(instances, id);
  const [outcome] = await instances.changeAll([{ do: "remove", _id: id, if_version: version }]);
  if (outcome === "conflict") throw await refusal(instances, id);
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

async function refusal(
  instances: Pick<InstanceStore, "versionOf">,
  id: InstanceKey,
): Promise<AppError> {
  const current = await instances.versionOf(id);
  return current === undefined
    ? errors.instance_unknown(`No instance ${id}`)
    : versionConflict(current);
}
