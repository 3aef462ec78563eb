import { docFrom, docsAt, idAt, textAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import { claimsOf } from "../../api/token-age.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";

export async function tellAccount(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  const { contextName, server } = await context.settings();
  const api = await context.api();
  const { authorization = "" } = await api.session.headers();
  const claims = claimsOf(authorization.replace(/^Bearer /, ""));
  // An API token does not say whose it is; the root says it by what the user may see.
  const name = textAt(claims, "sub");
  const user =
    name === undefined
      ? {}
      : docFrom(await api.call("GET", apiPath`/api/user/${name}`), "the user");
  const roles = docsAt(user, "roles").map((role) => textAt(role, "name") ?? "");
  const { roles: told } = user;
  const plain = Array.isArray(told) ? told.filter((one) => typeof one === "string") : [];
  await context.out.show({ server, context: contextName ?? null, user }, () => [
    ["server", server],
    ["context", contextName],
    ["user", textAt(user, "name") ?? name],
    ["id", idAt(user)],
    ["e-mail", textAt(user, "email")],
    ["roles", [...plain, ...roles].join(", ")],
  ]);
  return exitCodes.fine;
}
