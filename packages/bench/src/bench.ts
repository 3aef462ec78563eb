import type { ResultFolder } from "./report/result-folder.ts";

/** What a bench gets from the program around it. */
export interface BenchContext {
  /** One line, or several, for whoever watches. */
  say(text: string): void;
  results: ResultFolder;
  /** Aborts at Ctrl-C: end soon, and leave nothing behind. */
  signal: AbortSignal;
}

/** One figure against what was wanted of it. */
export interface Aim {
  /** `POST to process running, ratio to Docker`. */
  what: string;
  measured: number;
  /** One of the two bounds. */
  atMost?: number;
  atLeast?: number;
  unit: string;
}

export interface BenchOutcome {
  aims: readonly Aim[];
}

/** One bench by name. */
export interface Bench {
  name: string;
  /** half a line for the list */
  summary: string;
  /** flags with their defaults, and examples */
  usage: string;
  /**
   * @param args what follows the name
   * @throws UsageError for flags that are not understood, any other error when it could not measure
   */
  run(args: readonly string[], context: BenchContext): Promise<BenchOutcome>;
}

/** The caller asked for something that does not exist. */
export class UsageError extends Error {}
