import { type ParseArgsConfig, parseArgs } from "node:util";
import { VERSION } from "@oak/kit/version";
import { type Command, type CommandInput, type CommandIo, UsageError } from "./command.ts";
import { helpOf, overview } from "./help.ts";

const exitCodes = { fine: 0, failed: 1, wrongUse: 2 } as const;

/** Runs one command line, without the program's own name; answers the exit code and throws nothing. */
export async function runCli(
  words: readonly string[],
  commands: readonly Command[],
  io: CommandIo,
): Promise<number> {
  const [name = "help", ...rest] = words;
  if (["help", "--help", "-h"].includes(name)) {
    io.out(helpFor(rest[0], commands));
    return exitCodes.fine;
  }
  if (["version", "--version"].includes(name)) {
    io.out(`${VERSION}\n`);
    return exitCodes.fine;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    const known = commands.map((one) => one.name).join(", ");
    io.err(`oak has no command ${JSON.stringify(name)}; there are: ${known}\n`);
    return exitCodes.wrongUse;
  }
  return runCommand(command, rest, io);
}

async function runCommand(
  command: Command,
  words: readonly string[],
  io: CommandIo,
): Promise<number> {
  try {
    const input = parse(command, words);
    if (input === "help") {
      io.out(helpOf(command));
      return exitCodes.fine;
    }
    return await command.run(input, io);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof UsageError)) {
      io.err(`oak ${command.name}: ${message}\n`);
      return exitCodes.failed;
    }
    io.err(`oak ${command.name}: ${message}\n\noak ${command.name} ${command.usage}\n`);
    io.err(`\`oak ${command.name} --help\` tells more.\n`);
    return exitCodes.wrongUse;
  }
}

function parse(command: Command, words: readonly string[]): CommandInput | "help" {
  const options: NonNullable<ParseArgsConfig["options"]> = {
    help: { type: "boolean", short: "h" },
  };
  for (const [name, { short, value }] of Object.entries(command.options)) {
    const type = value === undefined ? "boolean" : "string";
    options[name] = { type, ...(short !== undefined && { short }) };
  }
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options,
      allowPositionals: true,
    });
    const { help, ...given } = values;
    if (help === true) return "help";
    return { args: positionals, options: given as CommandInput["options"] };
  } catch (error) {
    // The first sentence names the fault; what follows is advice on its library.
    const [sentence = "unknown option"] = (error instanceof Error ? error.message : "").split(
      /\.\s|\n/,
    );
    throw new UsageError(sentence, { cause: error });
  }
}

function helpFor(name: string | undefined, commands: readonly Command[]): string {
  const command = commands.find((one) => one.name === name);
  return command === undefined ? overview(commands) : helpOf(command);
}
