import type { Command, OptionSpec } from "./command.ts";

/** The help of `oak` itself. */
export function overview(commands: readonly Command[]): string {
  return [
    "oak: looks after an edge orchestrator",
    "",
    "Commands",
    ...aligned(commands.map(({ name, summary }) => [name, summary])),
    "",
    "`oak COMMAND --help` tells more of one. Exit codes: 0 fine, 1 faults were found, 2 wrong use.",
    "",
  ].join("\n");
}

/** The help of one command. */
export function helpOf({ name, usage, summary, options, notes, examples }: Command): string {
  return [
    `oak ${name} ${usage}`,
    `  ${summary}`,
    "",
    "Options",
    ...aligned([
      ...Object.entries(options).map(([option, spec]) => [flagOf(option, spec), spec.help]),
      ["-h, --help", "this text"],
    ]),
    ...(notes === undefined ? [] : ["", ...notes]),
    "",
    "Examples",
    ...examples.map((line) => `  ${line}`),
    "",
  ].join("\n");
}

function flagOf(name: string, { short, value }: OptionSpec): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([first = ""]) => first.length));
  return rows.map(([first = "", second = ""]) => `  ${first.padEnd(width)}  ${second}`);
}
