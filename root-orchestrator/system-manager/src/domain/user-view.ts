import type { OrganizationView, UserView } from "@oak/contracts";
import type { Organization, User } from "../ports/accounts.ts";

/** upstream: with the hash of the password; never here. */
export function userView(
  { id, name, email, createdAt }: Omit<User, "passwordHash" | "generation">,
  roles: readonly string[],
): UserView {
  return { _id: { $oid: id }, name, email, created_at: createdAt, roles: [...roles] };
}

export function organizationView({ id, name, members }: Organization): OrganizationView {
  return {
    _id: { $oid: id },
    name,
    member: members.map(({ userId, roles }) => ({ user_id: userId, roles })),
  };
}
