import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, textOf, textsOf } from "../../input.ts";
import { newPassword } from "../../new-password.ts";
import { rolesFrom } from "../../roles.ts";

export async function createUser(input: CommandInput, context: CommandContext): Promise<number> {
  const [name = ""] = argumentsOf(input, { required: ["NAME"] });
  const roles = rolesFrom(textsOf(input, "role"));
  const email = textOf(input, "email") ?? "";
  const password = await newPassword(input, context);
  const api = await context.api();
  const body = { name, email, roles, password };
  const answer = await api.call("POST", "/api/auth/register", { body });
  const tail = roles.length === 0 ? "; `oak user roles` gives it roles" : "";
  await context.out.done(`made the account ${name}${tail}`, answer);
  return exitCodes.fine;
}
