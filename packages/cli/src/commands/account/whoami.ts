import { type Doc, docAt, docsAt, idAt, textAt, textsAt, timeAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { ownAccount } from "../../api/own-account.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import type { Fields } from "../../output/output.ts";

export async function tellAccount(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  const { contextName, server } = await context.settings();
  const api = await context.api();
  const user = (await ownAccount(api)) ?? (await provenToken(api));
  await context.out.show({ server, context: contextName ?? null, user }, () => [
    ["server", server],
    ["context", contextName],
    ["user", user === null ? "whoever made the API token" : textAt(user, "name")],
    ...(user === null ? [] : fieldsOf(user)),
  ]);
  return exitCodes.fine;
}

/** Older roots do not say whose an API token is; but whether it is good. @throws ApiError */
async function provenToken(api: Api): Promise<null> {
  await api.list("/api/applications", { limit: 1 });
  return null;
}

function fieldsOf(user: Doc): Fields {
  const token = docAt(user, "token");
  return [
    ["id", idAt(user)],
    ["e-mail", textAt(user, "email")],
    ["organization", textAt(user, "organization_name", "organization")],
    ["roles", rolesOf(user).join(", ")],
    ...(token === undefined ? [] : fieldsOfToken(token)),
  ];
}

function fieldsOfToken(token: Doc): Fields {
  return [
    ["API token", textAt(token, "name", "id")],
    ["scopes", textsAt(token, "scopes").join(", ")],
    ["expires", timeAt(token, "expires_at") ?? "never"],
  ];
}

/** upstream: names, or objects with a name */
function rolesOf(user: Doc): string[] {
  return [
    ...textsAt(user, "roles"),
    ...docsAt(user, "roles").map((role) => textAt(role, "name") ?? ""),
  ];
}
