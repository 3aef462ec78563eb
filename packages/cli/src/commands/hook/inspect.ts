import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import { findHook, hookFields } from "./hooks.ts";

export async function inspectHook(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const hook = await findHook(await context.api(), word);
  await context.out.show(hook, () => hookFields(hook));
  return exitCodes.fine;
}
