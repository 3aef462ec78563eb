import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import { eventually } from "./eventually.ts";
import { echoPort, type Guest, serverPort } from "./network-guests.ts";

/** What a caller met since its last report. */
export interface CallReport {
  /** Answers of each server. */
  servers: Record<string, number>;
  failures: string[];
  longestMs: number;
  /** Answers over the connection that it holds. */
  echoes: number;
  /** What befell that connection. */
  holds: string[];
}

export interface Caller {
  report(): Promise<CallReport>;
  /** Adds up reports until all of these, and nobody else, have answered since the last one. */
  untilAnsweredBy(servers: readonly string[]): Promise<CallReport>;
  /** Its connections end with it. */
  end(): Promise<void>;
}

const program = fileURLToPath(new URL("network-caller.mjs", import.meta.url));

/** Calls an address from within a container, over a new connection each time, until the test is over. */
export async function startCaller(
  guest: Guest,
  host: string,
  { holds = false } = {},
): Promise<Caller> {
  const ports = [serverPort, ...(holds ? [echoPort] : [])].map(String);
  const inside = ["-t", `${guest.pid}`, "-n", "--", process.execPath, program, host, ...ports];
  const child = spawn("nsenter", inside, { stdio: ["pipe", "pipe", "inherit"] });
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  onTestFinished(end);
  const lines = createInterface({ input: child.stdout });
  const report = async (): Promise<CallReport> => {
    const line = once(lines, "line");
    child.stdin.write("\n");
    const [text] = (await line) as [string];
    return JSON.parse(text) as CallReport;
  };
  return {
    report,
    end,
    untilAnsweredBy: async (servers) => {
      const sum: CallReport = { servers: {}, failures: [], longestMs: 0, echoes: 0, holds: [] };
      await eventually(async () => {
        const since = await report();
        sum.failures.push(...since.failures);
        sum.holds.push(...since.holds);
        sum.echoes += since.echoes;
        sum.longestMs = Math.max(sum.longestMs, since.longestMs);
        for (const [server, count] of Object.entries(since.servers)) {
          sum.servers[server] = (sum.servers[server] ?? 0) + count;
        }
        expect(Object.keys(since.servers).toSorted()).toEqual(servers.toSorted());
      });
      return sum;
    },
  };
}
