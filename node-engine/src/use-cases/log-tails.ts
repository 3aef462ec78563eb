import type { Clock } from "@oak/kit";
import type { Runtime } from "../ports.ts";

/** The end of what each workload printed, read again only when it has printed more. */
export interface LogTails {
  /** Of those that have been read at least once. Never rejects. */
  read(handles: readonly string[]): Promise<Map<string, string>>;
}

export interface LogTailsOptions {
  runtime: Pick<Runtime, "logMarks" | "logsTail" | "capabilities">;
  clock: Clock;
  /** Between two reads of one workload. */
  everyMs?: number;
  /** Reads of one round, so that many that print do not occupy the runtime. */
  mostAtOnce?: number;
}

interface Tail {
  text: string;
  /** undefined: the runtime cannot tell. */
  mark: string | undefined;
  readAtMs: number;
}

/** upstream: the last 1024 bytes. */
export const LOG_TAIL_BYTES = 1_024;
/** Where marks cannot be told, reading is the only way to see a change. */
const blindFactor = 3;

export function createLogTails(options: LogTailsOptions): LogTails {
  const { runtime, clock, everyMs = 5_000, mostAtOnce = 8 } = options;
  let tails = new Map<string, Tail>();

  const isDue = (handle: string, mark: string | undefined): boolean => {
    const tail = tails.get(handle);
    if (tail === undefined) return true;
    const ageMs = clock.monotonicMs() - tail.readAtMs;
    if (mark === undefined) return ageMs >= everyMs * blindFactor;
    return mark !== tail.mark && ageMs >= everyMs;
  };

  const readOne = async (handle: string, mark: string | undefined): Promise<void> => {
    const readAtMs = clock.monotonicMs();
    try {
      tails.set(handle, { text: await runtime.logsTail(handle, LOG_TAIL_BYTES), mark, readAtMs });
    } catch {
      // It may have ended meanwhile, or the runtime is busy: the old end is still true.
      tails.set(handle, { text: tails.get(handle)?.text ?? "", mark: undefined, readAtMs });
    }
  };

  return {
    read: async (handles) => {
      if (!runtime.capabilities.logs) return new Map();
      const marks = await runtime.logMarks(handles);
      tails = new Map([...tails].filter(([handle]) => handles.includes(handle)));
      const due = handles.filter((handle) => isDue(handle, marks.get(handle)));
      await Promise.all(
        due.slice(0, mostAtOnce).map((handle) => readOne(handle, marks.get(handle))),
      );
      return new Map([...tails].map(([handle, { text }]) => [handle, text]));
    },
  };
}
