import type { Caller } from "../../domain/caller.ts";
import { notGrantable } from "../../domain/roles.ts";
import { errors } from "../../errors.ts";
import type { Organization, User } from "../../ports/accounts.ts";

/** What decides whom a caller may manage. */
export interface Target {
  user: User;
  organizations: readonly Organization[];
}

/**
 * Administrators manage everybody. Whoever manages an organization manages its members, except administrators; others
 * are to him as if they did not exist.
 * @throws AppError user_unknown, forbidden
 */
export function assertManages(caller: Caller, { user, organizations }: Target): void {
  if (caller.isAdmin) return;
  const homes = homesOf(user, organizations);
  if (!homes.some(({ id }) => id === caller.organization)) throw errors.user_unknown();
  if (homes.some((home) => rolesOf(home, user).includes("Admin"))) {
    throw errors.forbidden("Only an Admin manages an Admin");
  }
}

/**
 * As above, for what counts in every organization of the user: a password opens all of them.
 * @throws AppError user_unknown, forbidden
 */
export function assertManagesAccount(caller: Caller, target: Target): void {
  assertManages(caller, target);
  if (caller.isAdmin) return;
  const homes = homesOf(target.user, target.organizations);
  if (homes.every(({ id }) => id === caller.organization)) return;
  throw errors.forbidden(
    "This user is a member of other organizations too: only an Admin does that",
  );
}

/** @throws AppError forbidden for roles that the caller may not hand out and the user does not have yet */
export function assertGrantable(
  caller: Caller,
  { wanted, present = [] }: { wanted: readonly string[]; present?: readonly string[] },
): void {
  const added = wanted.filter((role) => !present.includes(role));
  const [refused] = notGrantable(caller, added);
  if (refused !== undefined) throw errors.forbidden(`You may not give the role ${refused}`);
}

function homesOf(user: User, organizations: readonly Organization[]): Organization[] {
  return organizations.filter(({ members }) => members.some(({ userId }) => userId === user.id));
}

function rolesOf({ members }: Organization, user: User): readonly string[] {
  return members.find(({ userId }) => userId === user.id)?.roles ?? [];
}
