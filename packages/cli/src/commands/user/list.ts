import { type Doc, idAt, textAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf, textOf } from "../../input.ts";
import type { Column } from "../../output/table.ts";
import { findOrganization } from "../org/organizations.ts";
import { allUsers, rolesOf, userNameOf } from "./users.ts";

const columns: readonly Column<Doc>[] = [
  { title: "NAME", of: userNameOf },
  { title: "E-MAIL", of: (item) => textAt(item, "email") },
  { title: "ROLES", of: rolesOf },
  { title: "CREATED", isWide: true, of: (item) => textAt(item, "created_at") },
  { title: "ID", isWide: true, of: (item) => idAt(item) },
];

export async function listUsers(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const api = await context.api();
  const word = textOf(input, "organization");
  const organization = word === undefined ? undefined : await findOrganization(api, word);
  const users =
    organization === undefined
      ? await allUsers(api, limit)
      : await api.list(apiPath`/api/users/${idAt(organization)}`, { limit });
  await context.out.list(users, { columns, nameOf: userNameOf, ifEmpty: "no users" });
  return exitCodes.fine;
}
