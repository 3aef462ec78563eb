import type { Api } from "./api/api.ts";
import type { Settings } from "./config/settings.ts";
import type { Output } from "./output/output.ts";

/** What a command may use of the process that it runs in. */
export interface CommandIo {
  out(text: string): void;
  err(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  /** Whether `out` leads to a person. */
  isTerminal: boolean;
  /** Whether `err` does: what goes on is told there. */
  isErrTerminal: boolean;
  /** Whether a person can be asked. */
  canAsk: boolean;
  /** Columns of the terminal; undefined without one. */
  width?: number | undefined;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** One line from a person; `hidden` is not shown while it is typed. */
  ask(question: string, how?: { hidden?: boolean }): Promise<string>;
}

/** One option of a command. An option with `value` takes one, shown by that word in the help. */
export interface OptionSpec {
  short?: string;
  value?: string;
  /** `--wait` as well as `--wait=30s`: the value needs an equals sign. Without one it is the empty string. */
  isOptional?: true;
  /** May be given several times; the value is then a list. */
  isMultiple?: true;
  /** What completion offers: these words, or names that the root knows. */
  complete?: readonly string[] | CompletionKind;
  /** An older spelling: accepted, not shown. */
  isHidden?: true;
  help: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;
export type OptionValue = string | boolean | readonly string[] | undefined;
export type OptionValues = Readonly<Record<string, OptionValue>>;

/** Things whose names completion asks the root for. `file`: the shell's own names of files. */
export type CompletionKind =
  | "application"
  | "service"
  | "instance"
  | "cluster"
  | "node"
  | "user"
  | "organization"
  | "hook"
  | "token"
  | "context"
  | "file";

/** Words of the command line, sorted by what they are. */
export interface CommandInput {
  args: readonly string[];
  options: OptionValues;
}

/** All that a command works with. What reaches out is made when it is asked for. */
export interface CommandContext {
  io: CommandIo;
  out: Output;
  /** All that can follow `oak`, for completion. */
  commands: readonly CommandNode[];
  /** The API of the chosen root; no request is sent yet. */
  api(): Promise<Api>;
  /** Where the root is and who asks, from options, variables and the file, in this order. */
  settings(): Promise<Settings>;
}

/**
 * A word after `oak`. To add one: a folder in `commands/` and a line in `commands.ts`; parsing, help and the faults of the
 * command line are the same for all. The object holds words only; its code is imported by `run`, so that others start fast.
 */
export interface Command {
  name: string;
  aliases?: readonly string[];
  summary: string;
  /** What follows the name in the help, for example `root|cluster|worker`. */
  usage: string;
  /** Further lines of the help, below the options. */
  notes?: readonly string[];
  examples: readonly string[];
  options: OptionSpecs;
  /** Kinds of the arguments in their order, for completion; the last one repeats. */
  args?: readonly (readonly string[] | CompletionKind)[];
  /** Talks to no root: its help does not tell of `--server` and the like. */
  isLocal?: true;
  /** All words after it, options too, are for another program: none is understood here but a first `--help` or `--dry-run`. */
  isPassedOn?: true;
  /** Works and is not listed. */
  isHidden?: true;
  /** Answers the exit code, see `exit-codes.ts`. Throws UsageError, CliError, or what is a fault of the program. */
  run(input: CommandInput, context: CommandContext): Promise<number>;
}

/** A word with words below it: `oak app …`. */
export interface CommandGroup {
  name: string;
  aliases?: readonly string[];
  summary: string;
  commands: readonly CommandNode[];
  /** What runs when the next word names none of them. */
  otherwise?: Command;
  notes?: readonly string[];
  isHidden?: true;
}

export type CommandNode = Command | CommandGroup;

export function isGroup(node: CommandNode): node is CommandGroup {
  return "commands" in node;
}
