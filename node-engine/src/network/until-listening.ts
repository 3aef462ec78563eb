import { type Clock, sleep } from "@oak/kit";
import type { ObservedWorkload } from "../domain/workload.ts";
import type { NamespaceHost } from "./ports.ts";

/** A program that is to answer on a port opens it within milliseconds, or it works at something first, perhaps for long. */
const longestMs = 2_000;
const lookAgainMs = { first: 5, most: 50 };

export interface UntilListeningDeps {
  namespaces: Pick<NamespaceHost, "isListening">;
  clock: Clock;
  /** Ends the waiting. */
  signal?: AbortSignal;
}

/**
 * Waits until a workload that was just started listens on the ports that its SLA names. Whoever hears that it runs
 * leads connections to it at once, and the first of them would be refused. Not for ever: a port may be opened late, or never.
 */
export async function untilListening(
  { namespaces, clock, signal }: UntilListeningDeps,
  pid: number,
  look: () => ObservedWorkload | undefined,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + longestMs;
  let pauseMs = lookAgainMs.first;
  while (clock.monotonicMs() < deadlineMs && signal?.aborted !== true) {
    const workload = look();
    const ports = workload?.room?.ports ?? [];
    // What has ended is told as early as ever.
    const isOver = workload === undefined || workload.state === "exited";
    if (isOver || ports.length === 0 || (await namespaces.isListening(pid, ports))) return;
    await sleep(clock, pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, lookAgainMs.most);
  }
}
