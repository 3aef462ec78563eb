import { VERSION } from "@oak/kit/version";
import {
  type Command,
  type CommandContext,
  type CommandGroup,
  type CommandIo,
  type CommandNode,
  isGroup,
} from "./command.ts";
import { CliError, UsageError } from "./errors.ts";
import { exitCodes } from "./exit-codes.ts";
import { createContext } from "./frame/context.ts";
import { type Found, findCommand, suggestionFor } from "./frame/find-command.ts";
import { helpOf, helpOfGroup } from "./frame/help.ts";
import { optionsOf, parseWords, passedOn } from "./frame/parse-words.ts";
import { harmless, oneLine } from "./output/harmless.ts";

/** Runs one command line, without the program's own name; answers the exit code and throws nothing. */
export async function runCli(
  words: readonly string[],
  commands: readonly CommandNode[],
  io: CommandIo,
): Promise<number> {
  const top = topOf(commands);
  if (words[0] === "help") return tellHelp(findCommand(top, words.slice(1)), io);
  const found = findCommand(top, words);
  const { node, path, rest, unknown } = found;
  if (isGroup(node)) {
    if (path.length === 0 && rest.includes("--version")) {
      io.out(`${VERSION}\n`);
      return exitCodes.fine;
    }
    const wantsHelp = rest.includes("--help") || rest.includes("-h");
    if (unknown === undefined && (wantsHelp || path.length === 0)) return tellHelp(found, io);
    return refuseGroup(node, found, io);
  }
  return runCommand(node, found, { io, commands });
}

function topOf(commands: readonly CommandNode[]): CommandGroup {
  return {
    name: "oak",
    summary: "runs applications on an edge orchestrator, and looks after it",
    commands,
    notes: [
      "Exit codes: 0 done, 1 failed, 2 wrong use, 3 --wait ran out, 4 not found, 5 not allowed, 6 not reachable, 7 refused.",
    ],
  };
}

function tellHelp(found: Found, io: CommandIo): number {
  const { node, path, unknown } = found;
  if (isGroup(node) && unknown !== undefined) return refuseGroup(node, found, io);
  io.out(isGroup(node) ? helpOfGroup(node, path) : helpOf(node, path));
  return exitCodes.fine;
}

/** A group is no command of its own: says what there is. */
function refuseGroup(group: CommandGroup, { path, unknown }: Found, io: CommandIo): number {
  const called = ["oak", ...path].join(" ");
  if (unknown === undefined) {
    io.err(`${helpOfGroup(group, path)}`);
    return exitCodes.wrongUse;
  }
  const meant = suggestionFor(unknown, group);
  const names = group.commands.filter(({ isHidden }) => isHidden !== true).map(({ name }) => name);
  io.err(`${called} has no command ${JSON.stringify(unknown)}`);
  io.err(meant === undefined ? `; there are: ${names.join(", ")}\n` : `; did you mean ${meant}?\n`);
  io.err(`\`${called} --help\` lists all.\n`);
  return exitCodes.wrongUse;
}

async function runCommand(
  command: Command,
  { path, rest }: Found,
  { io, commands }: Pick<CommandContext, "io" | "commands">,
): Promise<number> {
  const called = `oak ${path.join(" ")}`;
  try {
    const input =
      command.isPassedOn === true ? passedOn(rest) : parseWords(rest, optionsOf(command));
    if (input.options["help"] === true) {
      io.out(helpOf(command, path));
      return exitCodes.fine;
    }
    const context = createContext(command, input, { io, commands });
    try {
      return await command.run(input, context);
    } finally {
      context.end();
    }
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`${called}: ${oneLine(error.message)}\n\n${`${called} ${command.usage}`.trimEnd()}\n`);
      io.err(`\`${called} --help\` tells more.\n`);
      return exitCodes.wrongUse;
    }
    const message = error instanceof Error ? error.message : String(error);
    const advice = error instanceof CliError ? error.advice : [];
    const lines = [`${called}: ${message}`, ...advice.map((line) => `  ${line}`)];
    // Parts of it may have been written by others.
    io.err(lines.map((line) => `${harmless(line).replaceAll("\n", " ")}\n`).join(""));
    return error instanceof CliError ? error.exitCode : exitCodes.failed;
  }
}
