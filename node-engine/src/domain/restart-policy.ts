import { NETWORK_FULL } from "@oak/contracts";
import type { LocalState } from "../store/instance-record.ts";
import { createFault, type Fault, type FaultReason } from "./fault.ts";

/** Times in ms. */
export interface RestartLimits {
  /** Tries within `windowMs` before the instance is given up. */
  tries: number;
  windowMs: number;
  /** Pause before the second try; it doubles from there, up to `maxMs`. */
  baseMs: number;
  maxMs: number;
  /** A run of this length makes all failures before it forgotten. */
  stableMs: number;
  /** Share by which chance shortens a pause, 0 to 1. */
  jitter: number;
}

export const defaultRestartLimits: RestartLimits = {
  tries: 5,
  windowMs: 600_000,
  baseMs: 1_000,
  maxMs: 60_000,
  stableMs: 60_000,
  jitter: 0.25,
};

/** Why a workload does not run any more, or not yet. */
export type Ending =
  | {
      kind: "exit";
      handle: string;
      finishedAtMs: number;
      ranMs: number;
      exitCode: number;
      isOutOfMemory: boolean;
    }
  /** It could not be pulled, created or started. */
  | { kind: "fault"; fault: Fault };

export interface RestartContext {
  /** Wall time, since failures are remembered over a restart of the engine. */
  nowMs: number;
  /** A number in [0, 1). */
  random: number;
  isOneShot: boolean;
  limits: RestartLimits;
}

/** Faults that trying again here cannot mend: only another spec can, or another worker. */
const permanent: readonly FaultReason[] = ["spec_refused", NETWORK_FULL];

/**
 * Decides what follows an ending, as the local state to remember: another try after a pause, giving up,
 * or completion. An exit is identified by workload and time, so that it counts once however often it
 * is seen.
 *
 * A one-shot differs in one thing only: exit code 0 completes it, for good. One that fails is tried again
 * like any other; giving up, told as FAILED, is this worker's last word under this pair and not the
 * instance's: the cluster goes on elsewhere, or here under a higher pair, with pauses of its own.
 * upstream: a one-shot that fails is DEAD and placed again without end.
 */
export function settleEnding(
  local: LocalState,
  ending: Ending,
  context: RestartContext,
): LocalState {
  const { next_try: _, ...rest } = local;
  const seen: LocalState =
    ending.kind === "exit"
      ? { ...rest, last_exit: { handle: ending.handle, finished_at_ms: ending.finishedAtMs } }
      : rest;
  if (ending.kind === "exit" && ending.exitCode === 0 && context.isOneShot) {
    const { last_fault: _fault, ...completed } = seen;
    return { ...completed, outcome: "completed" };
  }
  const fault = ending.kind === "exit" ? faultOfExit(ending) : ending.fault;
  const before = failuresThatCount(local, ending, context);
  const failed: LocalState = {
    ...seen,
    failures: [...before, { at_ms: context.nowMs, reason: fault.reason }],
    last_fault: fault,
  };
  if (before.length >= context.limits.tries || permanent.includes(fault.reason)) {
    return { ...failed, outcome: "gave_up" };
  }
  const delayMs = pauseMs(before.length, ending, context);
  return {
    ...failed,
    restarts: local.restarts + (ending.kind === "exit" ? 1 : 0),
    next_try: {
      at_ms: context.nowMs + delayMs,
      delay_ms: delayMs,
      attempt: before.length + 1,
      of: context.limits.tries,
    },
  };
}

function failuresThatCount(
  { failures }: LocalState,
  ending: Ending,
  { nowMs, limits }: RestartContext,
): LocalState["failures"] {
  if (ending.kind === "exit" && ending.ranMs >= limits.stableMs) return [];
  return failures.filter(({ at_ms }) => nowMs - at_ms < limits.windowMs);
}

/**
 * After an exit the first restart follows at once: most crashes are chance. What could not even begin has
 * no reason to be better in the next moment.
 */
function pauseMs(failuresBefore: number, ending: Ending, context: RestartContext): number {
  const { baseMs, maxMs, jitter } = context.limits;
  const doublings = ending.kind === "exit" ? failuresBefore - 1 : failuresBefore;
  if (doublings < 0) return 0;
  const fullMs = Math.min(maxMs, baseMs * 2 ** Math.min(doublings, 30));
  return Math.round(fullMs * (1 - jitter * context.random));
}

function faultOfExit({ exitCode, isOutOfMemory }: Extract<Ending, { kind: "exit" }>): Fault {
  if (isOutOfMemory) return createFault("out_of_memory");
  if (exitCode === 0) return createFault("command_ended", "exit code 0");
  return createFault("command_crashed", `exit code ${exitCode}`);
}
