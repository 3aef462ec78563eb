import type { Accounts, KnownAccounts, Organization, User } from "../ports/accounts.ts";
import { createMemory, type Memory } from "./memory.ts";

/**
 * The same accounts, and beside them what was read of them in the last seconds: every request of a user asks who
 * that is, and nothing changes less often. What this process changes counts at once, what another one does after
 * `rememberMs`.
 */
export function rememberAccounts(
  stored: Accounts,
  monotonicMs: () => number,
): Accounts & KnownAccounts {
  const users = createMemory<User>({ monotonicMs });
  const organizations = createMemory<Organization>({ monotonicMs });
  /** Before and after: what is read in between may be from before the change. */
  const changing = async <T>(memory: Memory<unknown>, change: () => Promise<T>): Promise<T> => {
    memory.forgetAll();
    try {
      return await change();
    } finally {
      memory.forgetAll();
    }
  };
  const findUser: Accounts["findUser"] = (name) => users.learn(() => stored.findUser(name), nameOf);
  const findOrganizationById: Accounts["findOrganizationById"] = (id) =>
    organizations.learn(() => stored.findOrganizationById(id), idOf);
  return {
    ...stored,
    findUser,
    findOrganizationById,
    // Asked at a login: its members are members from that moment on, whatever was remembered.
    findOrganization: (name) => organizations.learn(() => stored.findOrganization(name), idOf),
    knownUser: async (name) => users.recall(name) ?? findUser(name),
    knownOrganization: async (id) => organizations.recall(id) ?? findOrganizationById(id),
    createUser: (user) => changing(users, () => stored.createUser(user)),
    updateUser: (id, patch) => changing(users, () => stored.updateUser(id, patch)),
    removeUser: (id) => changing(users, () => stored.removeUser(id)),
    createOrganization: (one) => changing(organizations, () => stored.createOrganization(one)),
    saveOrganization: (one) => changing(organizations, () => stored.saveOrganization(one)),
    removeOrganization: (id) => changing(organizations, () => stored.removeOrganization(id)),
  };
}

const nameOf = ({ name }: User): string => name;
const idOf = ({ id }: Organization): string => id;
