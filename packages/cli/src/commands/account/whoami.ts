import { type Doc, docFrom, docsAt, idAt, textAt, textsAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { apiPath } from "../../api/api-path.ts";
import { claimsOf } from "../../api/token-age.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import type { Fields } from "../../output/output.ts";

export async function tellAccount(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  const { contextName, server } = await context.settings();
  const api = await context.api();
  const { authorization = "" } = await api.session.headers();
  const name = textAt(claimsOf(authorization.replace(/^Bearer /, "")), "sub");
  const user = name === undefined ? await provenToken(api) : await accountOf(name, api);
  await context.out.show({ server, context: contextName ?? null, user }, () => [
    ["server", server],
    ["context", contextName],
    ["user", user === null ? "whoever made the API token" : (textAt(user, "name") ?? name)],
    ...(user === null ? [] : fieldsOf(user)),
  ]);
  return exitCodes.fine;
}

async function accountOf(name: string, api: Api): Promise<Doc> {
  return docFrom(await api.call("GET", apiPath`/api/user/${name}`), "the user");
}

/** An API token does not say whose it is, and the root does not either; but whether it is good. @throws ApiError */
async function provenToken(api: Api): Promise<null> {
  await api.list("/api/applications", { limit: 1 });
  return null;
}

function fieldsOf(user: Doc): Fields {
  return [
    ["id", idAt(user)],
    ["e-mail", textAt(user, "email")],
    ["roles", rolesOf(user).join(", ")],
  ];
}

/** upstream: names, or objects with a name */
function rolesOf(user: Doc): string[] {
  return [
    ...textsAt(user, "roles"),
    ...docsAt(user, "roles").map((role) => textAt(role, "name") ?? ""),
  ];
}
