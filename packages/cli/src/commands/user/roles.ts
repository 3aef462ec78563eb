import { textsAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { hasFlag } from "../../input.ts";
import { rolesFrom } from "../../roles.ts";
import { findUser, rolesOf, userNameOf } from "./users.ts";

export async function userRoles(input: CommandInput, context: CommandContext): Promise<number> {
  const [word, ...rest] = input.args;
  if (word === undefined) throw new UsageError("NAME is missing");
  const isNone = hasFlag(input, "none");
  const roles = rolesFrom(rest.flatMap((one) => one.split(",")));
  if (isNone && roles.length > 0) throw new UsageError("roles and --none exclude each other");
  const api = await context.api();
  const user = await findUser(api, word);
  const name = userNameOf(user);
  if (!isNone && roles.length === 0) {
    await context.out.show({ name, roles: textsAt(user, "roles") }, () => [
      ["name", name],
      ["roles", rolesOf(user)],
    ]);
    return exitCodes.fine;
  }
  const answer = await api.call("PUT", apiPath`/api/user/${name}`, { body: { roles } });
  await context.out.done(`${name} has the roles: ${roles.join(", ") || "none"}`, answer);
  return exitCodes.fine;
}
