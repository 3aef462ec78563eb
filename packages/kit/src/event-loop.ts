import type { Clock } from "./clock.ts";

/** Knows how late this process ran: whoever was deaf must not judge others for being silent. */
export interface LagMonitor {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Lateness in ms of the latest tick, or of the one that is overdue right now if that is more. */
  lastLateMs(): number;
  /** The largest lateness in ms within the last `windowMs` milliseconds. */
  worstLateMs(windowMs: number): number;
}

export interface LagMonitorOptions {
  clock: Clock;
  /** How often it looks; lateness shorter than this may go unseen. */
  intervalMs?: number;
}

/** Late ticks worth remembering; below, it is the noise of a busy machine. */
const noticeableMs = 50;
const mostRemembered = 64;

export function createLagMonitor({ clock, intervalMs = 250 }: LagMonitorOptions): LagMonitor {
  let cancel: (() => void) | undefined;
  let dueAtMs: number | undefined;
  let lateMs = 0;
  let history: { atMs: number; lateMs: number }[] = [];

  const overdueMs = (): number =>
    dueAtMs === undefined ? 0 : Math.max(0, clock.monotonicMs() - dueAtMs);

  const schedule = (): void => {
    dueAtMs = clock.monotonicMs() + intervalMs;
    cancel = clock.setTimer(intervalMs, tick);
  };
  const tick = (): void => {
    lateMs = overdueMs();
    if (lateMs >= noticeableMs) {
      history = [...history.slice(1 - mostRemembered), { atMs: clock.monotonicMs(), lateMs }];
    }
    schedule();
  };

  const lastLateMs = (): number => Math.max(lateMs, overdueMs());
  return {
    start: async () => {
      if (cancel === undefined) schedule();
    },
    stop: async () => {
      cancel?.();
      cancel = undefined;
      dueAtMs = undefined;
    },
    lastLateMs,
    worstLateMs: (windowMs) => {
      const since = clock.monotonicMs() - windowMs;
      const recent = history.filter((entry) => entry.atMs >= since).map((entry) => entry.lateMs);
      return Math.max(lastLateMs(), ...recent);
    },
  };
}
