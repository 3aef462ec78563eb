import type { Id } from "@oak/contracts";

/** A user as stored. */
export interface User {
  id: Id;
  name: string;
  email: string;
  passwordHash: string;
  /** dd/mm/YYYY HH:MM, as the dashboard writes it */
  createdAt: string;
}

export interface Organization {
  id: Id;
  name: string;
  members: { userId: Id; roles: string[] }[];
}

/** Users and organizations. All methods reject when the database cannot be reached. */
export interface Accounts {
  findUser(name: string): Promise<User | undefined>;
  hasUsers(): Promise<boolean>;
  /** False when the name is taken. */
  createUser(user: User): Promise<boolean>;
  findOrganization(name: string): Promise<Organization | undefined>;
  findOrganizationById(id: Id): Promise<Organization | undefined>;
  listOrganizations(): Promise<Organization[]>;
  /** False when the name is taken. */
  createOrganization(organization: Organization): Promise<boolean>;
}
