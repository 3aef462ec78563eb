import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { TestBed } from "@oak/testkit";
import { z } from "zod";
import { placing } from "./namespace-process.ts";

const execute = promisify(execFile);

/** Where `iperf3` listens in every namespace that has a server. */
export const iperfPort = 5201;

const Report = z.object({
  error: z.string().optional(),
  end: z
    .object({
      sum_received: z.object({ bits_per_second: z.number() }),
      sum_sent: z.object({ retransmits: z.number().optional() }),
    })
    .partial()
    .optional(),
});

/** What arrived during one run. */
export interface Throughput {
  gbitPerSecond: number;
  retransmits: number;
}

/** @param json what `iperf3 --json` wrote @throws with its own complaint, or when it is no report */
export function parseIperf(json: string): Throughput {
  const { error, end } = Report.parse(JSON.parse(json));
  if (error !== undefined) throw new Error(`iperf3: ${error}`);
  if (end?.sum_received === undefined) throw new Error("iperf3 tells nothing of what arrived");
  return {
    gbitPerSecond: end.sum_received.bits_per_second / 1e9,
    retransmits: end.sum_sent?.retransmits ?? 0,
  };
}

/** @throws with what to install */
export async function requireIperf(): Promise<void> {
  try {
    await execute("iperf3", ["--version"]);
  } catch {
    throw new Error("Throughput is measured by iperf3: apt-get install iperf3");
  }
}

/** A server that ends with the bed. */
export async function startIperfServer(
  bed: TestBed,
  namespace: string,
  core: number | undefined,
): Promise<void> {
  const [command = "", ...args] = placing(namespace, core);
  const server = spawn(command, [...args, "iperf3", "--server", "--port", String(iperfPort)], {
    stdio: "ignore",
    detached: true,
  });
  server.on("error", () => undefined);
  bed.onClose(async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  });
  const deadlineMs = performance.now() + 5_000;
  while (!listens(server.pid)) {
    if (server.exitCode !== null || performance.now() > deadlineMs) {
      throw new Error(`iperf3 does not listen in ${namespace}`);
    }
    await delay(10);
  }
}

const listening = new RegExp(`:${iperfPort.toString(16).toUpperCase()} [0-9A-F:]+ 0A `);

/** As the namespace of the process tells it. */
function listens(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return ["tcp", "tcp6"].some((file) =>
      listening.test(readFileSync(`/proc/${pid}/net/${file}`, "utf8")),
    );
  } catch {
    return false;
  }
}

export interface IperfRun {
  /** From where. */
  namespace: string;
  core: number | undefined;
  address: string;
  streams: number;
  seconds: number;
  signal: AbortSignal;
}

/** One run of a client. */
export async function measureThroughput(run: IperfRun): Promise<Throughput> {
  const { namespace, core, address, streams, seconds, signal } = run;
  const [command = "", ...args] = placing(namespace, core);
  const flags = ["--json", "--time", String(seconds), "--parallel", String(streams)];
  const target = ["--client", address, "--port", String(iperfPort), "--connect-timeout", "3000"];
  const { stdout } = await execute(command, [...args, "iperf3", ...target, ...flags], {
    signal,
    timeout: (seconds + 15) * 1000,
    killSignal: "SIGKILL",
    maxBuffer: 16 * 1024 ** 2,
  }).catch(withReport);
  return parseIperf(stdout);
}

/** A run that fails says why in its report, and only there. */
function withReport(error: unknown): { stdout: string } {
  const failed = z.object({ stdout: z.string().min(1) }).safeParse(error);
  if (failed.success) return failed.data;
  throw error;
}
