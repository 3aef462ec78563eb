import type { Fenced, Instance } from "@oak/contracts";
import { fp } from "@oak/kit";
import type { AssignmentDeps } from "../ports.ts";
import { deleteCommand, deployCommand, secondCopy } from "./commands.ts";

/**
 * When the last command about each instance went out from this process, so that it is repeated at its own pace.
 * Each worker's commands are counted by themselves: only worker and number together tell one from another.
 */
export type SentTimes = Map<
  string,
  { child: string; want_rev: number; firstAtMs: number; atMs: number }
>;

/** Under which name commands are noted that do not concern the assigned copy. */
export const besides = {
  secondCopy: (key: string): string => `${key} move`,
  oldCopy: (key: string, child: string): string => `${key} end ${child}`,
};

/** What is noted of the command that the instance stands for now; undefined when it never went out. */
export function lastSent(
  sent: SentTimes,
  { _id, child, want_rev }: Pick<Instance, "_id" | "child" | "want_rev">,
  name: string = _id,
) {
  const last = sent.get(name);
  return last?.child === child && last.want_rev === want_rev ? last : undefined;
}

/** Tells the worker of a move's second copy, and notes when. */
export async function sendMove(
  deps: AssignmentDeps,
  sent: SentTimes,
  instance: Instance,
): Promise<void> {
  const copy = secondCopy(instance);
  if (copy === undefined) return;
  await send(deps, sent, copy, { kind: "deploy", name: besides.secondCopy(instance._id) });
}

/** Tells a worker to end an older copy, under its own pair, and notes when. */
export function sendStop(
  deps: AssignmentDeps,
  sent: SentTimes,
  instance: Instance,
  copy: Fenced,
): Promise<void> {
  const { child, epoch, placement, want_rev } = copy;
  const name = besides.oldCopy(instance._id, child);
  return send(
    deps,
    sent,
    { ...instance, child, epoch, placement, want_rev },
    { kind: "delete", name },
  );
}

/** Tells the worker once, and notes when. */
export async function send(
  deps: AssignmentDeps,
  sent: SentTimes,
  instance: Instance,
  { kind, name = instance._id }: { kind: "deploy" | "delete"; name?: string },
): Promise<void> {
  const { child } = instance;
  if (child === null) return;
  // A deletion says nothing of a spec but whose it is.
  const revision = kind === "deploy" ? instance.spec_rev : undefined;
  const job = await deps.specs.get(instance.job_id, revision);
  if (job === undefined) throw new Error(`no spec is stored for ${instance.job_id}`);
  const { incarnation } = deps.tier.current();
  if (kind === "deploy") deps.link.deploy(child, deployCommand(instance, job, incarnation));
  else deps.link.remove(child, deleteCommand(instance, job, incarnation));
  fp(kind === "deploy" ? "cluster.deploy_sent" : "cluster.delete_sent", instance._id);
  const { want_rev } = instance;
  const atMs = deps.clock.monotonicMs();
  const firstAtMs = lastSent(sent, instance, name)?.firstAtMs ?? atMs;
  sent.set(name, { child, want_rev, firstAtMs, atMs });
}
