import type { CommandContext, CommandInput, OptionSpecs } from "./command.ts";
import { CliError, UsageError } from "./errors.ts";
import { exitCodes } from "./exit-codes.ts";
import { hasFlag, textOf } from "./input.ts";

/** For commands that need the password of an account. */
export const passwordOptions: OptionSpecs = {
  "password-stdin": { help: "read the password from standard input" },
  password: { value: "TEXT", isHidden: true, help: "other users of this machine can see it" },
};

/** A new password: typed twice, or from standard input. @throws UsageError, CliError */
export async function newPassword(
  input: CommandInput,
  context: Pick<CommandContext, "io" | "out">,
): Promise<string> {
  const given = await givenPassword(input, context);
  if (given !== undefined) return notEmpty(given);
  const { io } = context;
  const password = notEmpty(await io.ask("New password: ", { hidden: true }));
  if ((await io.ask("The same again: ", { hidden: true })) === password) return password;
  throw new CliError("the two are not the same", { exitCode: exitCodes.wrongUse });
}

/** From the command line or standard input; undefined when a person can be asked. @throws UsageError, CliError */
export async function givenPassword(
  input: CommandInput,
  { io, out }: Pick<CommandContext, "io" | "out">,
): Promise<string | undefined> {
  const plain = textOf(input, "password");
  const isPiped = hasFlag(input, "password-stdin");
  if (plain !== undefined && isPiped) {
    throw new UsageError("--password and --password-stdin exclude each other");
  }
  if (plain !== undefined) {
    out.warn("--password is seen by other users of this machine; --password-stdin is not");
    return plain;
  }
  if (isPiped) return (await io.readInput()).replace(/\r?\n$/, "");
  if (io.canAsk) return undefined;
  throw new CliError("there is no terminal to ask for the password on", {
    exitCode: exitCodes.wrongUse,
    advice: ["--password-stdin reads it from standard input"],
  });
}

function notEmpty(password: string): string {
  if (password !== "") return password;
  throw new CliError("a password cannot be empty", { exitCode: exitCodes.wrongUse });
}
