import { type Clock, systemClock } from "../clock.ts";

/** Resolves when the named thing is usable and rejects with the reason when it is not. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<unknown>;

/** Checks by name. May be added to while the service runs. */
export type ReadinessChecks = Readonly<Record<string, ReadinessCheck>>;

export interface CheckResult {
  ok: boolean;
  reason?: string;
}

export interface ReadinessReport {
  isReady: boolean;
  checks: Record<string, CheckResult>;
}

/** Longer than the two seconds within which the database driver gives up with a reason of its own. */
const checkTimeoutMs = 3_000;

/** Runs all checks at once; one that does not end in time counts as failed. */
export async function checkReadiness(
  checks: ReadinessChecks,
  { clock = systemClock, timeoutMs = checkTimeoutMs }: { clock?: Clock; timeoutMs?: number } = {},
): Promise<ReadinessReport> {
  const entries = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, CheckResult]> => {
      return [name, await runCheck(check, clock, timeoutMs)];
    }),
  );
  return {
    isReady: entries.every(([, result]) => result.ok),
    checks: Object.fromEntries(entries),
  };
}

async function runCheck(
  check: ReadinessCheck,
  clock: Clock,
  timeoutMs: number,
): Promise<CheckResult> {
  const controller = new AbortController();
  let cancel = (): void => undefined;
  const timeout = new Promise<CheckResult>((resolve) => {
    cancel = clock.setTimer(timeoutMs, () => {
      controller.abort();
      resolve({ ok: false, reason: `no answer within ${timeoutMs} ms` });
    });
  });
  const answer = (async (): Promise<CheckResult> => {
    try {
      await check(controller.signal);
      return { ok: true };
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : String(error) };
    }
  })();
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    cancel();
  }
}
