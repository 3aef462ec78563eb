import { isDuplicateKey } from "@oak/kit";
import type { Db } from "mongodb";
import type { Accounts, Organization, User } from "../ports/accounts.ts";
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
    hasUsers: async () => (await users().findOne({})) !== null,
    createUser: (user) => unlessTaken(users().insertOne(fromUser(user))),
    findOrganization: (name) => organizationBy({ name }),
    findOrganizationById: (id) => organizationBy({ _id: id }),
    listOrganizations: async () => {
      const found = await organizations().find({}).sort({ name: 1 }).toArray();
      return found.map(toOrganization);
    },
    createOrganization: (organization) =>
      unlessTaken(organizations().insertOne(fromOrganization(organization))),
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

function toUser({ _id, name, email, password, created_at }: UserDocument): User {
  return { id: _id, name, email, passwordHash: password, createdAt: created_at };
}

function fromUser({ id, name, email, passwordHash, createdAt }: User): UserDocument {
  return { _id: id, name, email, password: passwordHash, created_at: createdAt };
}

function toOrganization({ _id, name, member }: OrganizationDocument): Organization {
  const members = member.map(({ user_id, roles }) => ({ userId: user_id, roles }));
  return { id: _id, name, members };
}

function fromOrganization({ id, name, members }: Organization): OrganizationDocument {
  return {
    _id: id,
    name,
    member: members.map(({ userId, roles }) => ({ user_id: userId, roles })),
  };
}
