import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Clock, Logger } from "@oak/kit";
import { z } from "zod";

/** The GPUs of the machine taken together. */
export interface GpuReading {
  count: number;
  driver: string;
  usagePercent: number;
  /** Degrees Celsius, mean. */
  temperature: number;
  vramTotalMb: number;
  vramPercent: number;
}

export interface GpuReader {
  /** undefined: no GPU that can be given to workloads. Never rejects. */
  read(): Promise<GpuReading | undefined>;
}

export interface GpuReaderOptions {
  clock: Clock;
  logger: Logger;
  /** Runs `nvidia-smi` with these arguments and answers what it prints. */
  query?: (args: readonly string[]) => Promise<string>;
  /** A reading is used again for this long: each one starts a process. */
  maxAgeMs?: number;
}

const columns = "driver_version,memory.total,memory.used,utilization.gpu,temperature.gpu";
const queryTimeoutMs = 5_000;

/** Reads GPUs by `nvidia-smi`. A machine without that command is asked once and never again. */
export function createGpuReader(options: GpuReaderOptions): GpuReader {
  const { clock, logger, query = runNvidiaSmi, maxAgeMs = 10_000 } = options;
  let isAbsent = false;
  let latest: { atMs: number; reading: GpuReading | undefined } | undefined;

  return {
    read: async () => {
      if (isAbsent) return undefined;
      const nowMs = clock.monotonicMs();
      if (latest !== undefined && nowMs - latest.atMs < maxAgeMs) return latest.reading;
      try {
        const text = await query([`--query-gpu=${columns}`, "--format=csv,noheader,nounits"]);
        latest = { atMs: nowMs, reading: parseGpus(text) };
      } catch (error) {
        isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
        if (!isAbsent) logger.warn({ err: error }, "gpus could not be read");
        latest = { atMs: nowMs, reading: undefined };
      }
      return latest.reading;
    },
  };
}

async function runNvidiaSmi(args: readonly string[]): Promise<string> {
  const run = promisify(execFile);
  const { stdout } = await run("nvidia-smi", [...args], { timeout: queryTimeoutMs });
  return stdout;
}

const Figure = z.coerce.number().catch(0);
const GpuLine = z.tuple([z.string(), Figure, Figure, Figure, Figure]);

/** One line a GPU; what a model does not measure (`[N/A]`) counts as 0. */
export function parseGpus(text: string): GpuReading | undefined {
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => GpuLine.parse(line.split(",").map((cell) => cell.trim())));
  const [first] = lines;
  if (first === undefined) return undefined;
  const sum = (column: 1 | 2 | 3 | 4): number =>
    lines.reduce((total, line) => total + line[column], 0);
  const vramTotalMb = sum(1);
  return {
    count: lines.length,
    driver: first[0],
    usagePercent: sum(3) / lines.length,
    temperature: sum(4) / lines.length,
    vramTotalMb,
    vramPercent: vramTotalMb > 0 ? (100 * sum(2)) / vramTotalMb : 0,
  };
}
