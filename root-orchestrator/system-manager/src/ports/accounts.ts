import type { Id } from "@oak/contracts";

/** A user as stored. */
export interface User {
  id: Id;
  name: string;
  email: string;
  passwordHash: string;
  /** dd/mm/YYYY HH:MM, as the dashboard writes it */
  createdAt: string;
  /** How often the password was changed; tokens of another generation are void. */
  generation: number;
}

/** A user who does not exist yet. */
export type NewUser = Omit<User, "generation">;

export interface UserPatch {
  email?: string;
  /** Raises the generation, which ends every session of the user. */
  passwordHash?: string;
}

export interface Member {
  userId: Id;
  roles: string[];
}

export interface Organization {
  id: Id;
  name: string;
  members: Member[];
  rev: number;
}

/** Users and organizations. All methods reject when the database cannot be reached. */
export interface Accounts {
  findUser(name: string): Promise<User | undefined>;
  listUsers(): Promise<User[]>;
  hasUsers(): Promise<boolean>;
  /** False when the name is taken. */
  createUser(user: NewUser): Promise<boolean>;
  /** False when the user is gone. */
  updateUser(id: Id, patch: UserPatch): Promise<boolean>;
  removeUser(id: Id): Promise<void>;
  findOrganization(name: string): Promise<Organization | undefined>;
  findOrganizationById(id: Id): Promise<Organization | undefined>;
  listOrganizations(): Promise<Organization[]>;
  /** False when the name is taken. */
  createOrganization(organization: Omit<Organization, "rev">): Promise<boolean>;
  /** A compare-and-set on `rev`. */
  saveOrganization(organization: Organization): Promise<"saved" | "conflict" | "name_taken">;
  removeOrganization(id: Id): Promise<void>;
}

/** Users and organizations as they were read a moment ago; what this process changes counts at once. */
export interface KnownAccounts {
  knownUser(name: string): Promise<User | undefined>;
  knownOrganization(id: Id): Promise<Organization | undefined>;
}
