import type { UserView } from "@oak/contracts";
import type { Caller } from "../../domain/caller.ts";
import { rolesIn } from "../../domain/roles.ts";
import { userView } from "../../domain/user-view.ts";
import { errors } from "../../errors.ts";
import type { Accounts } from "../../ports/accounts.ts";

/** Every user; roles are those in the caller's organization. */
export async function listUsers(
  accounts: Pick<Accounts, "listUsers" | "findOrganizationById">,
  caller: Caller,
): Promise<UserView[]> {
  const users = await accounts.listUsers();
  const organization = await accounts.findOrganizationById(caller.organization);
  return users.map((user) =>
    userView(user, organization === undefined ? [] : (rolesIn(organization, user) ?? [])),
  );
}

/**
 * Members of an organization, of the own one unless the caller is Admin.
 * @throws AppError organization_unknown
 */
export async function listMembers(
  accounts: Pick<Accounts, "listUsers" | "findOrganizationById">,
  organizationId: string,
  caller: Caller,
): Promise<UserView[]> {
  const isOwn = organizationId === caller.organization;
  const organization =
    isOwn || caller.isAdmin ? await accounts.findOrganizationById(organizationId) : undefined;
  if (organization === undefined) throw errors.organization_unknown();
  return (await accounts.listUsers()).flatMap((user) => {
    const roles = rolesIn(organization, user);
    return roles === undefined ? [] : [userView(user, roles)];
  });
}
