import { readdirSync, readFileSync } from "node:fs";

/** What one process holds at a moment and has used up to it. */
export interface ProcessUsage {
  /** Its own memory and its share of what it shares, bytes. */
  pss: number;
  /** What would be free if it ended, bytes. */
  uss: number;
  /** Everything that it maps, bytes: the most that it counts where nothing else shares with it. */
  rss: number;
  /** Time on a core since its start, nanoseconds. */
  cpuNs: number;
  /** How often one of its threads went to sleep of its own accord, and so was woken. */
  wakeups: number;
}

/** @throws when there is no such process, or the kernel tells too little */
export function readProcessUsage(pid: number): ProcessUsage {
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const threads = readdirSync(`/proc/${pid}/task`).map((id) => readThread(pid, id));
  return {
    pss: kilobytes(memory, "Pss"),
    uss: kilobytes(memory, "Private_Clean") + kilobytes(memory, "Private_Dirty"),
    rss: kilobytes(memory, "Rss"),
    cpuNs: threads.reduce((sum, thread) => sum + thread.cpuNs, 0),
    wakeups: threads.reduce((sum, thread) => sum + thread.wakeups, 0),
  };
}

function readThread(pid: number, id: string): { cpuNs: number; wakeups: number } {
  const folder = `/proc/${pid}/task/${id}`;
  // Counts nanoseconds, where `stat` counts hundredths of a second: an idle process uses few of those.
  const [cpuNs] = readFileSync(`${folder}/schedstat`, "utf8").split(" ");
  const switches = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(
    readFileSync(`${folder}/status`, "utf8"),
  );
  return { cpuNs: Number(cpuNs), wakeups: Number(switches?.[1] ?? 0) };
}

function kilobytes(text: string, field: string): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text);
  if (match === null) throw new Error(`smaps_rollup does not tell ${field}`);
  return Number(match[1]) * 1024;
}
