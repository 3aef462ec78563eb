import { idAt, textAt } from "../../api/answers.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import { findUser, rolesOf, userNameOf } from "./users.ts";

export async function inspectUser(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["NAME"] });
  const user = await findUser(await context.api(), word);
  await context.out.show(user, () => [
    ["name", userNameOf(user)],
    ["id", idAt(user)],
    ["e-mail", textAt(user, "email")],
    ["roles", rolesOf(user)],
    ["created", textAt(user, "created_at")],
  ]);
  return exitCodes.fine;
}
