/** What a command may use of the process that it runs in. */
export interface CommandIo {
  out(text: string): void;
  err(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  /** Whether `out` leads to a person: colours, and nothing else, depend on it. */
  isTerminal: boolean;
}

/** One option of a command. An option with `value` takes one, shown by that word in the help. */
export interface OptionSpec {
  short?: string;
  value?: string;
  help: string;
}

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/** Words of the command line, sorted by what they are. */
export interface CommandInput {
  args: readonly string[];
  options: OptionValues;
}

/**
 * A word after `oak`. To add one: a folder with its own code, and a line in `commands.ts`; parsing, help and the faults
 * of the command line are the same for all.
 */
export interface Command {
  name: string;
  summary: string;
  /** What follows the name in the help, for example `root|cluster|worker`. */
  usage: string;
  /** Further lines of the help, below the options. */
  notes?: readonly string[];
  examples: readonly string[];
  options: Readonly<Record<string, OptionSpec>>;
  /** Answers the exit code: 0 is fine, 1 is not. Throws UsageError, which is 2. */
  run(input: CommandInput, io: CommandIo): Promise<number>;
}

/** The command line is not understood; its message says what would be. */
export class UsageError extends Error {}
