import type { CommandContext, CommandInput } from "../../command.ts";
import { withContext } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, hasFlag, textOf } from "../../input.ts";

export async function keepCredentials(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const [named] = argumentsOf(input, { optional: ["USER"] });
  const { contextName: name = "default", file, server } = await context.settings();
  const tokens = { accessToken: undefined, refreshToken: undefined, apiToken: undefined };
  if (hasFlag(input, "clear")) {
    const nothing = { ...tokens, user: undefined, password: undefined };
    await file.update((config) => withContext(config, name, { server, ...nothing }));
    await context.out.done(`the credentials of ${name} are forgotten`, { context: name });
    return exitCodes.fine;
  }
  const { user, password } = await askFor(named ?? textOf(input, "user"), input, context);
  await file.update((config) => withContext(config, name, { server, ...tokens, user, password }));
  await context.out.done(`${user} is kept for ${server} in ${file.path}`, { context: name, user });
  return exitCodes.fine;
}

async function askFor(user: string | undefined, input: CommandInput, { io }: CommandContext) {
  if (hasFlag(input, "password-stdin")) {
    return { user: user ?? "Admin", password: (await io.readInput()).replace(/\r?\n$/, "") };
  }
  if (!io.canAsk) throw new UsageError("off a terminal this needs USER and --password-stdin");
  const name = user ?? ((await io.ask("User [Admin]: ")).trim() || "Admin");
  return { user: name, password: await io.ask("Password: ", { hidden: true }) };
}
