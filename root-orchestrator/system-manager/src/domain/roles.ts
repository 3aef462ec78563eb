import type { Role } from "@oak/contracts";
import type { Organization, User } from "../ports/accounts.ts";
import type { Caller } from "./caller.ts";

/** Roles of a member; undefined for somebody who is none. */
export function rolesIn(organization: Organization, user: Pick<User, "id">): string[] | undefined {
  return organization.members.find((member) => member.userId === user.id)?.roles;
}

/** upstream: `Admin` opens every door. */
export function hasRole(caller: Pick<Caller, "roles">, ...wanted: readonly Role[]): boolean {
  return caller.roles.some((role) => role === "Admin" || wanted.some((one) => one === role));
}

/**
 * Roles among `wanted` that somebody may not hand out. Administrators give all of them; whoever manages an
 * organization gives those that reach no further than it, and of the others what he has himself: clusters serve all
 * organizations.
 */
export function notGrantable(caller: Caller, wanted: readonly string[]): string[] {
  if (caller.isAdmin) return [];
  const own: readonly string[] = ["Organization_Admin", "Application_Provider"];
  return wanted.filter(
    (role) => role === "Admin" || !(own.includes(role) || caller.roles.includes(role)),
  );
}

/** Ids of those who are Admin in any of the organizations. */
export function adminsOf(organizations: readonly Organization[]): Set<string> {
  const admins = organizations.flatMap(({ members }) =>
    members.filter(({ roles }) => roles.includes("Admin")),
  );
  return new Set(admins.map(({ userId }) => userId));
}
