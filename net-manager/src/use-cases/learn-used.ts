import type { Clock } from "@oak/kit";
import type { AgentParts } from "../agent-parts.ts";
import type { TableKey } from "../cluster/table-queries.ts";
import type { DataPlane } from "../ports.ts";

type Parts = Pick<AgentParts, "table" | "interests" | "attachments">;

export interface SettleOptions {
  plane: Pick<DataPlane, "takeUsed" | "settled">;
  clock: Clock;
  /** After which what nobody confirmed goes all the same: the cluster may be away for long. */
  limitMs: number;
}

const againMs = 1_000;

/**
 * What a process before this one learned after it had last stored anything stands in the kernel alone, and goes with everything
 * that nobody confirms. So what is attached or in use is asked for before that.
 * @returns what ends it
 */
export function settleAdopted(parts: Parts, { plane, clock, limitMs }: SettleOptions): () => void {
  const deadlineMs = clock.monotonicMs() + limitMs;
  let isCancelled = false;
  let cancelTimer = (): void => undefined;
  const settle = async (): Promise<void> => {
    // It may end while it is read, and a kernel that cannot be read is asked again.
    const used = await plane.takeUsed().catch(() => undefined);
    if (isCancelled) return;
    const isWhole = used !== undefined && (await learnUsed(parts, used));
    if (isCancelled) return;
    if (isWhole || clock.monotonicMs() >= deadlineMs) plane.settled();
    else cancelTimer = clock.setTimer(againMs, () => void settle());
  };
  void settle();
  return () => {
    isCancelled = true;
    cancelTimer();
  };
}

/** Answers whether all of it has been answered. */
async function learnUsed(
  { table, interests, attachments }: Parts,
  used: ReadonlySet<string>,
): Promise<boolean> {
  const names = new Set(attachments.all().map(({ service }) => service));
  const keys: TableKey[] = [
    ...[...names].filter((name) => table.named(name) === undefined).map((name) => ({ name })),
    ...[...used]
      .filter((address) => table.withAddress(address) === undefined)
      .map((address) => ({ address })),
  ];
  const answers = await Promise.allSettled(keys.map((key) => interests.resolve(key)));
  return answers.every(({ status }) => status === "fulfilled");
}
