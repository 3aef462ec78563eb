import { idAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { isConfirmed } from "../../confirm.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import { findOrganization, organizationNameOf, organizationsPath } from "./organizations.ts";

export async function createOrganization(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const [name = ""] = argumentsOf(input, { required: ["NAME"] });
  const api = await context.api();
  const body = { name, member: [] };
  // upstream: the id alone, as a text
  const id = await api.call("POST", organizationsPath, { body });
  const shown = typeof id === "string" ? ` (${id})` : "";
  await context.out.done(`made the organization ${name}${shown}`, { id, name });
  return exitCodes.fine;
}

export async function deleteOrganization(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const api = await context.api();
  const organization = await findOrganization(api, word);
  const name = organizationNameOf(organization);
  if (!(await isConfirmed(`Delete the organization ${name}?`, input, context))) {
    return exitCodes.fine;
  }
  const path = apiPath`/api/organization/${idAt(organization)}`;
  const answer = await api.call("DELETE", path);
  await context.out.done(`deleted ${name}`, answer);
  return exitCodes.fine;
}
