import { type Doc, docsAt, idAt, textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, textsOf } from "../../input.ts";
import { notFound } from "../../resolve/pick.ts";
import { rolesFrom } from "../../roles.ts";
import { findUser, userNameOf } from "../user/users.ts";
import { findOrganization, organizationNameOf } from "./organizations.ts";

export async function addMember(input: CommandInput, context: CommandContext): Promise<number> {
  const roles = rolesFrom(textsOf(input, "role"));
  const { api, organization, user } = await named(input, context);
  const others = withoutUser(organization, user);
  const member = [...others, { user_id: idAt(user), roles }];
  const answer = await setMembers(api, organization, member);
  const shown = roles.join(", ") || "no role";
  const [who, where] = [userNameOf(user), organizationNameOf(organization)];
  await context.out.done(`${who} is a member of ${where} (${shown})`, answer);
  return exitCodes.fine;
}

export async function removeMember(input: CommandInput, context: CommandContext): Promise<number> {
  const { api, organization, user } = await named(input, context);
  const others = withoutUser(organization, user);
  const [who, where] = [userNameOf(user), organizationNameOf(organization)];
  if (others.length === docsAt(organization, "member").length) {
    throw notFound(`member of ${where}`, who, []);
  }
  const answer = await setMembers(api, organization, others);
  await context.out.done(`${who} is no member of ${where} any more`, answer);
  return exitCodes.fine;
}

async function named(input: CommandInput, context: CommandContext) {
  const [organization = "", user = ""] = argumentsOf(input, {
    required: ["ORGANIZATION", "USER"],
  });
  const api = await context.api();
  return {
    api,
    organization: await findOrganization(api, organization),
    user: await findUser(api, user),
  };
}

function withoutUser(organization: Doc, user: Doc): Doc[] {
  return docsAt(organization, "member").filter((one) => textAt(one, "user_id") !== idAt(user));
}

/** upstream: the whole list at once. */
function setMembers(api: Api, organization: Doc, member: readonly Doc[]): Promise<unknown> {
  const path = apiPath`/api/organization/${idAt(organization)}`;
  return api.call("PUT", path, { body: { member } });
}
