import type { Instance } from "@oak/contracts";
import { fp } from "@oak/kit";
import type { AssignmentDeps } from "../ports.ts";
import { deleteCommand, deployCommand } from "./commands.ts";

/**
 * When the last command about each instance went out from this process, so that it is repeated at its own pace.
 * Each worker's commands are counted by themselves: only worker and number together tell one from another.
 */
export type SentTimes = Map<
  string,
  { child: string; want_rev: number; firstAtMs: number; atMs: number }
>;

/** What is noted of the command that the instance stands for now; undefined when it never went out. */
export function lastSent(sent: SentTimes, { _id, child, want_rev }: Instance) {
  const last = sent.get(_id);
  return last?.child === child && last.want_rev === want_rev ? last : undefined;
}

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
  const firstAtMs = lastSent(sent, instance)?.firstAtMs ?? atMs;
  sent.set(instance._id, { child, want_rev, firstAtMs, atMs });
}
