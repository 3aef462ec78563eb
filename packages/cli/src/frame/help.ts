import {
  type Command,
  type CommandGroup,
  isGroup,
  type OptionSpec,
  type OptionSpecs,
} from "../command.ts";
import { allCommands } from "./find-command.ts";
import { globalOptions, serverOptions } from "./global-options.ts";

/** The help of a group; of `oak` itself with an empty path. */
export function helpOfGroup(group: CommandGroup, path: readonly string[]): string {
  const shown = group.commands.filter(({ isHidden }) => isHidden !== true);
  const isTop = path.length === 0;
  const called = ["oak", ...path].join(" ");
  return [
    isTop ? `oak: ${group.summary}` : `${called} COMMAND`,
    ...(isTop ? [] : [`  ${group.summary}`, ...aliasesOf(group)]),
    "",
    "Commands",
    ...aligned(shown.map((node) => [namesOf(node), node.summary])),
    "",
    ...(isTop
      ? ["Options of all commands", ...optionLines({ ...globalOptions, ...serverOptions }), ""]
      : []),
    ...(group.notes === undefined ? [] : [...group.notes, ""]),
    ...(isTop ? [] : ["Examples", ...examplesOf(group), ""]),
    `\`${called} COMMAND --help\` tells more of one, with examples.`,
    "",
  ].join("\n");
}

/** The help of one command. */
export function helpOf(command: Command, path: readonly string[]): string {
  const { usage, summary, options, notes, examples, isLocal } = command;
  const shared = { ...globalOptions, ...(isLocal === true ? {} : serverOptions) };
  const foreign = Object.entries(shared).filter(([name]) => options[name] === undefined);
  const own = optionLines(options);
  return [
    `oak ${path.join(" ")} ${usage}`.trimEnd(),
    `  ${summary}`,
    ...aliasesOf(command),
    "",
    ...(own.length === 0 ? [] : ["Options", ...own, ""]),
    "Options of all commands",
    ...optionLines(Object.fromEntries(foreign)),
    ...(notes === undefined ? [] : ["", ...notes]),
    "",
    "Examples",
    ...examples.map((line) => `  ${line}`),
    "",
  ].join("\n");
}

function namesOf(node: Command | CommandGroup): string {
  return isGroup(node) ? `${node.name} …` : node.name;
}

function aliasesOf({ aliases = [] }: Command | CommandGroup): string[] {
  return aliases.length === 0 ? [] : [`  Also: ${aliases.join(", ")}`];
}

/** The first example of each command below. */
function examplesOf(group: CommandGroup): string[] {
  return allCommands(group)
    .filter(({ command }) => command.isHidden !== true)
    .flatMap(({ command }) => command.examples.slice(0, 1))
    .map((line) => `  ${line}`);
}

function optionLines(options: OptionSpecs): string[] {
  const shown = Object.entries(options).filter(([, { isHidden }]) => isHidden !== true);
  return aligned(shown.map(([name, spec]) => [flagOf(name, spec), spec.help]));
}

function flagOf(name: string, { short, value, isOptional }: OptionSpec): string {
  const shown = isOptional === true ? `[=${value}]` : ` ${value}`;
  const long = value === undefined ? `--${name}` : `--${name}${shown}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(0, ...rows.map(([first = ""]) => first.length));
  return rows.map(([first = "", second = ""]) => `  ${first.padEnd(width)}  ${second}`);
}
