import { idAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { isConfirmed } from "../../confirm.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import { findHook, hookNameOf } from "./hooks.ts";

export async function deleteHook(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const api = await context.api();
  const hook = await findHook(api, word);
  const name = hookNameOf(hook);
  if (!(await isConfirmed(`Remove the hook ${name}?`, input, context))) return exitCodes.fine;
  const answer = await api.call("DELETE", apiPath`/api/hooks/${idAt(hook)}`);
  await context.out.done(`removed ${name}`, answer);
  return exitCodes.fine;
}
