import type { Instance } from "@oak/contracts";
import { fp } from "@oak/kit";
import type { AssignmentDeps } from "../ports.ts";
import { deleteCommand, deployCommand } from "./commands.ts";

/** When each command went out from this process, so that it is repeated at its own pace. */
export type SentTimes = Map<string, { want_rev: number; firstAtMs: number; atMs: number }>;

/** Tells the worker once, and notes when. */
export async function send(
  deps: AssignmentDeps,
  sent: SentTimes,
  instance: Instance,
  kind: "deploy" | "delete",
): Promise<void> {
  const { child } = instance;
  if (child === null) return;
  const job = await deps.specs.get(instance.job_id);
  if (job === undefined) throw new Error(`no spec is stored for ${instance.job_id}`);
  const { incarnation } = deps.tier.current();
  if (kind === "deploy") deps.link.deploy(child, deployCommand(instance, job, incarnation));
  else deps.link.remove(child, deleteCommand(instance, job, incarnation));
  fp(kind === "deploy" ? "cluster.deploy_sent" : "cluster.delete_sent", instance._id);
  const { want_rev } = instance;
  const atMs = deps.clock.monotonicMs();
  const last = sent.get(instance._id);
  const firstAtMs = last?.want_rev === want_rev ? last.firstAtMs : atMs;
  sent.set(instance._id, { want_rev, firstAtMs, atMs });
}
