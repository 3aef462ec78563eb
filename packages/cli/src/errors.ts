import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** The command line is not understood; its message says what would be. */
export class UsageError extends Error {}

export interface CliErrorOptions {
  exitCode?: ExitCode;
  /** What to do next, whole sentences or commands. */
  advice?: readonly string[];
  cause?: unknown;
}

/** What went wrong, in one sentence without a final stop, and what to do about it. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly advice: readonly string[];

  constructor(message: string, { exitCode, advice, cause }: CliErrorOptions = {}) {
    super(message, { cause });
    this.exitCode = exitCode ?? exitCodes.failed;
    this.advice = advice ?? [];
  }
}
