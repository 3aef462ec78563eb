import type { UserChange } from "@oak/contracts";
import type { Caller } from "../../domain/caller.ts";
import { errors } from "../../errors.ts";
import type { Accounts, Organization, User, UserPatch } from "../../ports/accounts.ts";
import { assertGrantable, assertManages, assertManagesAccount, type Target } from "./authority.ts";
import type { HashPassword } from "./hash-password.ts";
import { type Memberships, withMember } from "./memberships.ts";

export interface ChangeUserDeps {
  accounts: Pick<Accounts, "findUser" | "listOrganizations" | "updateUser">;
  memberships: Memberships;
  hashPassword: HashPassword;
}

/**
 * Changes what the caller names of a user, and his roles in the caller's organization.
 * upstream: `PUT /api/user/{name}` stores the password as it comes.
 * @throws AppError user_unknown, user_name_fixed, forbidden, last_admin, password_too_short
 */
export function createChangeUser({ accounts, memberships, hashPassword }: ChangeUserDeps) {
  return async (name: string, change: UserChange, caller: Caller): Promise<void> => {
    const user = await accounts.findUser(name);
    if (user === undefined) throw errors.user_unknown();
    const target = { user, organizations: await accounts.listOrganizations() };
    assertMayChange(target, change, caller);
    const patch = await patchOf(user, change, hashPassword);
    const { roles } = change;
    if (roles !== undefined) {
      await memberships.edit(caller.organization, ({ members }) => ({
        members: withMember(members, { userId: user.id, roles }),
      }));
    }
    if (!(await accounts.updateUser(user.id, patch))) throw errors.user_unknown();
  };
}

function assertMayChange(target: Target, change: UserChange, caller: Caller): void {
  const { user, organizations } = target;
  assertManages(caller, target);
  if (change.name !== undefined && change.name !== user.name) throw errors.user_name_fixed();
  const { email = user.email, password, roles } = change;
  if (password || email !== user.email) assertManagesAccount(caller, target);
  if (roles === undefined) return;
  assertGrantable(caller, { wanted: roles, present: rolesNow(user, caller, organizations) });
}

async function patchOf(
  user: User,
  { email, password }: UserChange,
  hashPassword: HashPassword,
): Promise<UserPatch> {
  return {
    ...(email === undefined || email === user.email ? {} : { email }),
    // upstream: the dashboard sends the field along when it is empty.
    ...(password ? { passwordHash: await hashPassword(password) } : {}),
  };
}

function rolesNow(
  user: User,
  caller: Caller,
  organizations: readonly Organization[],
): readonly string[] {
  const own = organizations.find(({ id }) => id === caller.organization);
  return own?.members.find(({ userId }) => userId === user.id)?.roles ?? [];
}
