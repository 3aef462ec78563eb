import { docsAt, idAt, textAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import { rolesOf, userNameOf } from "../user/users.ts";
import { findOrganization, organizationNameOf } from "./organizations.ts";

export async function inspectOrganization(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const api = await context.api();
  const organization = await findOrganization(api, word);
  const id = idAt(organization);
  const { out } = context;
  await out.show(organization, () => [
    ["name", organizationNameOf(organization)],
    ["id", id],
    ["members", docsAt(organization, "member").length],
  ]);
  if (out.isForPrograms) return exitCodes.fine;
  const users = await api.list(apiPath`/api/users/${id}`);
  const names = new Map(users.map((user) => [idAt(user), userNameOf(user)]));
  out.text("\n");
  await out.list(docsAt(organization, "member"), {
    columns: [
      { title: "USER", of: (one) => names.get(textAt(one, "user_id") ?? "") },
      { title: "ROLES", of: rolesOf },
      { title: "ID", isWide: true, of: (one) => textAt(one, "user_id") },
    ],
    nameOf: (one) => names.get(textAt(one, "user_id") ?? "") ?? "",
    ifEmpty: "no members: `oak org member add` adds one",
  });
  return exitCodes.fine;
}
