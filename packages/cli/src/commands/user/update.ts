import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, textOf } from "../../input.ts";
import { findUser, userNameOf } from "./users.ts";

export async function updateUser(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["NAME"] });
  const email = textOf(input, "email");
  if (email === undefined) {
    throw new UsageError(
      "--email is missing; `oak user roles` and `oak user password` change the rest",
    );
  }
  const api = await context.api();
  const name = userNameOf(await findUser(api, word));
  const answer = await api.call("PUT", apiPath`/api/user/${name}`, { body: { email } });
  await context.out.done(`${name} has the address ${email || "-"}`, answer);
  return exitCodes.fine;
}
