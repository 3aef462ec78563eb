import type { Id, OrganizationChange, OrganizationWrite } from "@oak/contracts";
import type { Caller } from "../../domain/caller.ts";
import { errors } from "../../errors.ts";
import type { Accounts, Member, Organization } from "../../ports/accounts.ts";
import type { ApplicationStore } from "../../ports/applications.ts";
import { rootOrganization } from "../ensure-first-account.ts";
import { assertGrantable } from "./authority.ts";
import type { Memberships } from "./memberships.ts";

export interface OrganizationsDeps {
  accounts: Accounts;
  applications: Pick<ApplicationStore, "list">;
  memberships: Memberships;
  newId: () => Id;
}

/** Organizations, as far as the caller manages them: administrators all, others their own. */
export interface Organizations {
  list(caller: Caller): Promise<Organization[]>;
  /** @throws AppError organization_exists, user_unknown */
  create(wanted: OrganizationWrite): Promise<Id>;
  /** @throws AppError organization_unknown, organization_exists, organization_is_root, user_unknown, forbidden, last_admin */
  change(id: string, change: OrganizationChange, caller: Caller): Promise<void>;
  /** @throws AppError organization_unknown, organization_is_root, organization_in_use, last_admin */
  remove(id: string): Promise<void>;
}

export function createOrganizations(deps: OrganizationsDeps): Organizations {
  const { accounts, applications, memberships, newId } = deps;
  const assertUsers = async (members: readonly Member[]): Promise<void> => {
    if (members.length === 0) return;
    const known = new Set((await accounts.listUsers()).map(({ id }) => id));
    const unknown = members.find(({ userId }) => !known.has(userId));
    if (unknown !== undefined) throw errors.user_unknown(`There is no user ${unknown.userId}`);
  };
  return {
    list: async (caller) => {
      const all = await accounts.listOrganizations();
      return caller.isAdmin ? all : all.filter(({ id }) => id === caller.organization);
    },
    create: async ({ name, member }) => {
      const members = membersOf(member);
      await assertUsers(members);
      const id = newId();
      if (!(await accounts.createOrganization({ id, name, members }))) {
        throw errors.organization_exists();
      }
      return id;
    },
    change: async (id, { name, member }, caller) => {
      if (!caller.isAdmin && id !== caller.organization) throw errors.organization_unknown();
      const members = member === undefined ? undefined : membersOf(member);
      await assertUsers(members ?? []);
      await memberships.edit(id, (current) => {
        if (name !== undefined && name !== current.name) assertRenamable(current, caller);
        if (members !== undefined) assertMayChange(caller, current, members);
        return {
          ...(name === undefined ? {} : { name }),
          ...(members === undefined ? {} : { members }),
        };
      });
    },
    remove: async (id) => {
      const found = await accounts.findOrganizationById(id);
      if (found === undefined) throw errors.organization_unknown();
      if (found.name === rootOrganization) throw errors.organization_is_root();
      const left = await applications.list({ organization_id: id });
      if (left.length > 0) {
        throw errors.organization_in_use(
          `${left.length} applications are in this organization: delete them first`,
        );
      }
      // Without members nobody can deploy to it any more, and its last Admin is not lost.
      await memberships.edit(id, () => ({ members: [] }));
      await accounts.removeOrganization(id);
    },
  };
}

function membersOf(member: OrganizationWrite["member"]): Member[] {
  return member.map(({ user_id, roles }) => ({ userId: user_id, roles }));
}

function assertRenamable({ name }: Organization, caller: Caller): void {
  if (name === rootOrganization) throw errors.organization_is_root();
  if (!caller.isAdmin) throw errors.forbidden("Only an Admin renames an organization");
}

function assertMayChange(caller: Caller, { members }: Organization, wanted: Member[]): void {
  for (const { userId, roles } of members) {
    const isKept = wanted.some((one) => one.userId === userId && one.roles.includes("Admin"));
    if (!caller.isAdmin && roles.includes("Admin") && !isKept) {
      throw errors.forbidden("Only an Admin takes the role Admin away");
    }
  }
  for (const { userId, roles } of wanted) {
    const present = members.find((one) => one.userId === userId)?.roles ?? [];
    assertGrantable(caller, { wanted: roles, present });
  }
}
