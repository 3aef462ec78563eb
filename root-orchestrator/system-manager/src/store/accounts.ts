import { isDuplicateKey } from "@oak/kit";
import type { Db } from "mongodb";
import type { Accounts, NewUser, Organization, User } from "../ports/accounts.ts";
import { collectionsOf, type OrganizationDocument, type UserDocument } from "./documents.ts";

/** Users and organizations in MongoDB. `db` is asked each time, since it exists after its start only. */
export function createAccountStore(db: () => Db): Accounts {
  const users = () => collectionsOf(db()).users;
  const organizations = () => collectionsOf(db()).organizations;
  const organizationBy = async (filter: { _id: string } | { name: string }) => {
    const found = await organizations().findOne(filter);
    return found === null ? undefined : toOrganization(found);
  };

  return {
    findUser: async (name) => {
      const found = await users().findOne({ name });
      return found === null ? undefined : toUser(found);
    },
    listUsers: async () => (await users().find({}).sort({ name: 1 }).toArray()).map(toUser),
    hasUsers: async () => (await users().findOne({})) !== null,
    createUser: (user) => unlessTaken(users().insertOne(fromUser(user))),
    updateUser: async (id, { email, passwordHash }) => {
      const set = {
        ...(email === undefined ? {} : { email }),
        ...(passwordHash === undefined ? {} : { password: passwordHash }),
      };
      if (Object.keys(set).length === 0) return (await users().findOne({ _id: id })) !== null;
      const raised = passwordHash === undefined ? {} : { $inc: { generation: 1 } };
      const { matchedCount } = await users().updateOne({ _id: id }, { $set: set, ...raised });
      return matchedCount === 1;
    },
    removeUser: async (id) => {
      await users().deleteOne({ _id: id });
    },
    findOrganization: (name) => organizationBy({ name }),
    findOrganizationById: (id) => organizationBy({ _id: id }),
    listOrganizations: async () => {
      const found = await organizations().find({}).sort({ name: 1 }).toArray();
      return found.map(toOrganization);
    },
    createOrganization: (organization) =>
      unlessTaken(organizations().insertOne(fromOrganization({ ...organization, rev: 1 }))),
    saveOrganization: async (organization) => {
      const { id, rev } = organization;
      // Organizations of older releases have no number yet.
      const version = rev === 0 ? { $exists: false } : rev;
      try {
        const { matchedCount } = await organizations().replaceOne(
          { _id: id, rev: version },
          fromOrganization({ ...organization, rev: rev + 1 }),
        );
        return matchedCount === 1 ? "saved" : "conflict";
      } catch (error) {
        if (isDuplicateKey(error)) return "name_taken";
        throw error;
      }
    },
    removeOrganization: async (id) => {
      await organizations().deleteOne({ _id: id });
    },
  };
}

async function unlessTaken(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

function toUser({ _id, name, email, password, created_at, generation = 0 }: UserDocument): User {
  return { id: _id, name, email, passwordHash: password, createdAt: created_at, generation };
}

function fromUser({ id, name, email, passwordHash, createdAt }: NewUser): UserDocument {
  return { _id: id, name, email, password: passwordHash, created_at: createdAt };
}

function toOrganization({ _id, name, member, rev = 0 }: OrganizationDocument): Organization {
  const members = member.map(({ user_id, roles }) => ({ userId: user_id, roles }));
  return { id: _id, name, members, rev };
}

function fromOrganization({ id, name, members, rev }: Organization): OrganizationDocument {
  return {
    _id: id,
    name,
    member: members.map(({ userId, roles }) => ({ user_id: userId, roles })),
    rev,
  };
}
