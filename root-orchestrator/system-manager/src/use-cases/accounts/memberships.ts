import type { Id } from "@oak/contracts";
import { createKeyedQueue } from "../../domain/keyed-queue.ts";
import { adminsOf } from "../../domain/roles.ts";
import { errors } from "../../errors.ts";
import type { Accounts, Member, Organization } from "../../ports/accounts.ts";

export type OrganizationPatch = Partial<Pick<Organization, "name" | "members">>;

/** Who belongs where. Changes take turns, or two of them could each leave the other's Admin as the last one. */
export interface Memberships {
  /**
   * Reads, lets `change` decide, and writes; `change` throws to refuse.
   * @throws AppError organization_unknown, organization_exists, last_admin
   */
  edit(id: Id, change: (current: Organization) => OrganizationPatch): Promise<void>;
  /**
   * Takes a user out of every organization.
   * @throws AppError last_admin
   */
  removeEverywhere(userId: Id): Promise<void>;
}

type Store = Pick<Accounts, "findOrganizationById" | "listOrganizations" | "saveOrganization">;

/** Only other replicas of this service can be in the way. */
const mostTries = 10;

export function createMemberships(accounts: Store): Memberships {
  const queue = createKeyedQueue();
  const editNow = async (
    id: Id,
    change: (current: Organization) => OrganizationPatch,
  ): Promise<void> => {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const current = await accounts.findOrganizationById(id);
      if (current === undefined) throw errors.organization_unknown();
      const next = { ...current, ...change(current) };
      if (isFewerAdmins(current, next)) {
        await assertAdminRemains((one) => (one.id === id ? next : one));
      }
      const outcome = await accounts.saveOrganization(next);
      if (outcome === "saved") return;
      if (outcome === "name_taken") throw errors.organization_exists();
    }
    throw errors.changed_meanwhile("Many others change this at the moment; try again");
  };
  const assertAdminRemains = async (
    after: (organization: Organization) => Organization,
  ): Promise<void> => {
    const organizations = await accounts.listOrganizations();
    if (adminsOf(organizations.map(after)).size > 0) return;
    throw errors.last_admin("One user must remain Admin: make another one Admin first");
  };

  return {
    edit: (id, change) => queue.run("organizations", () => editNow(id, change)),
    removeEverywhere: (userId) =>
      queue.run("organizations", async () => {
        const organizations = await accounts.listOrganizations();
        await assertAdminRemains((one) => withoutMember(one, userId));
        for (const { id, members } of organizations) {
          if (members.every((member) => member.userId !== userId)) continue;
          await editNow(id, (current) => withoutMember(current, userId));
        }
      }),
  };
}

function isFewerAdmins(before: Organization, after: Organization): boolean {
  const remaining = adminsOf([after]);
  return [...adminsOf([before])].some((userId) => !remaining.has(userId));
}

function withoutMember(organization: Organization, userId: Id): Organization {
  const members = organization.members.filter((member) => member.userId !== userId);
  return { ...organization, members };
}

/** The members with one added, or with other roles. */
export function withMember(members: readonly Member[], member: Member): Member[] {
  const isKnown = members.some(({ userId }) => userId === member.userId);
  return isKnown
    ? members.map((one) => (one.userId === member.userId ? member : one))
    : [...members, member];
}
