import { fstatSync, writeSync } from "node:fs";
import { type Clock, systemClock } from "./clock.ts";
import type { Environment } from "./config.ts";
import { checkReadiness, type ReadinessChecks } from "./http/readiness.ts";
import type { Logger } from "./logger.ts";

/** Tells systemd how the service is; where nobody wants to hear, it does nothing. */
export interface ServiceManagerLink {
  /**
   * To be called last: says that the service has started (`READY=1`), and from then on, in words, what it still lacks
   * (`STATUS=`) and that its main loop turns (`WATCHDOG=1`).
   */
  start(): Promise<void>;
  /** To be called first: says that it stops (`STOPPING=1`). */
  stop(): Promise<void>;
}

export interface ServiceManagerLinkOptions {
  /** `NOTIFY_SOCKET`, `NOTIFY_FD`, `WATCHDOG_USEC` and `WATCHDOG_PID` are of interest. */
  env: Environment;
  pid: number;
  readiness: ReadinessChecks;
  logger: Logger;
  clock?: Clock;
  /** Answers what sends one datagram by an open socket; undefined when it is none. */
  open?: (fd: number) => ((message: string) => void) | undefined;
  /** Between two looks at what the service lacks. */
  statusEveryMs?: number;
}

/** The manager waits for the whole time: half of it leaves room for one that comes late. */
const watchdogShare = 0.5;
const microsecondsPerMs = 1_000;
const longestStatus = 400;

/**
 * Ready is who has started, also without contact to its cluster: whoever waited for that would be killed at its start where
 * the cluster is away, and a worker must be able to live alone. What is lacking is in the status instead.
 *
 * The signs of life come from a timer of the main loop and from nothing else: when that hangs, they end.
 */
export function createServiceManagerLink(options: ServiceManagerLinkOptions): ServiceManagerLink {
  const { env, readiness, logger, clock = systemClock, statusEveryMs = 2_000 } = options;
  const tell = createTeller(options);
  const watchdogMs = watchdogInterval(env, options.pid);
  const timers = new Set<() => void>();
  let isRunning = false;
  let told = "";

  const repeat = (everyMs: number, run: () => void): void => {
    const cancel = clock.setTimer(everyMs, () => {
      timers.delete(cancel);
      if (!isRunning) return;
      run();
      repeat(everyMs, run);
    });
    timers.add(cancel);
  };

  const tellStatus = async (): Promise<void> => {
    const report = await checkReadiness(readiness, { clock });
    const status = statusText(report.checks);
    if (!isRunning || status === told) return;
    told = status;
    tell?.(`STATUS=${status}`);
  };

  return {
    start: async () => {
      if (tell === undefined || isRunning) return;
      isRunning = true;
      told = "started";
      tell(`READY=1\nSTATUS=${told}`);
      if (watchdogMs !== undefined) {
        tell("WATCHDOG=1");
        repeat(watchdogMs * watchdogShare, () => tell("WATCHDOG=1"));
      }
      const look = (): void => {
        tellStatus().catch((err: unknown) => logger.warn({ err }, "status not told"));
      };
      repeat(statusEveryMs, look);
      look();
    },
    stop: async () => {
      if (!isRunning) return;
      isRunning = false;
      for (const cancel of timers) cancel();
      timers.clear();
      tell?.("STOPPING=1\nSTATUS=stopping");
    },
  };
}

/** In milliseconds; undefined when nobody watches this process. */
function watchdogInterval(env: Environment, pid: number): number | undefined {
  const { WATCHDOG_USEC: period = "", WATCHDOG_PID: watched = String(pid) } = env;
  if (watched !== String(pid) || !/^[1-9]\d*$/.test(period)) return undefined;
  return Number(period) / microsecondsPerMs;
}

/** On one line: the protocol ends a value at the end of its line. */
function statusText(checks: Readonly<Record<string, { ok: boolean; reason?: string }>>): string {
  const missing = Object.entries(checks).filter(([, { ok }]) => !ok);
  if (missing.length === 0) return "ready";
  const text = missing.map(([name, { reason = "not ready" }]) => `${name}: ${reason}`).join("; ");
  return `waiting for ${text}`.replaceAll(/\s+/g, " ").slice(0, longestStatus);
}

function createTeller(options: ServiceManagerLinkOptions): ((message: string) => void) | undefined {
  const { env, logger, open = openSocket } = options;
  if ((env["NOTIFY_SOCKET"] ?? "") === "") return undefined;
  const send = open(Number(env["NOTIFY_FD"]));
  if (send === undefined) {
    logger.warn("the service manager hears nothing: this process was not started by notify-exec");
    return undefined;
  }
  let fault = "";
  return (message) => {
    try {
      send(message);
      fault = "";
    } catch (err) {
      const code = err instanceof Error ? String(Reflect.get(err, "code")) : "";
      // Once for a fault that lasts: the next words are due soon.
      if (code !== fault) logger.warn({ err }, "the service manager could not be told");
      fault = code;
    }
  };
}

/** The socket does not block: what cannot be sent at once is dropped, and the next word comes soon. */
function openSocket(fd: number): ((message: string) => void) | undefined {
  const isStandardStream = fd <= 2;
  if (!Number.isInteger(fd) || isStandardStream || !isSocket(fd)) return undefined;
  return (message) => {
    writeSync(fd, message);
  };
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}
