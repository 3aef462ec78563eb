import { type Id, ROLES } from "@oak/contracts";
import { type Clock, type Logger, revealed, type Secret } from "@oak/kit";
import { dayAndTime } from "../domain/day-and-time.ts";
import { errors } from "../errors.ts";
import type { Accounts } from "../ports/accounts.ts";
import type { Passwords } from "../ports/passwords.ts";

export const firstUser = "Admin";
export const rootOrganization = "root";
/** upstream: every installation begins with it. */
const wellKnownPassword = "Admin";

export interface FirstAccountDeps {
  accounts: Pick<
    Accounts,
    "hasUsers" | "findUser" | "createUser" | "findOrganization" | "createOrganization"
  >;
  passwords: Pick<Passwords, "hash">;
  logger: Logger;
  newId: () => Id;
  clock: Pick<Clock, "nowMs">;
  /** ADMIN_PASSWORD */
  password?: Secret | undefined;
  /** Nobody but this machine can reach the API. */
  isLocalOnly: boolean;
}

/**
 * Makes `Admin` and the organization `root` in a database without users. Repeatable: a crash between the
 * two writes is made good at the next start.
 * @throws AppError first_account_refused when the password would be the well-known one on a network
 */
export async function ensureFirstAccount(deps: FirstAccountDeps): Promise<void> {
  const { accounts, newId } = deps;
  if (!(await accounts.hasUsers())) await makeAdmin(deps);
  if ((await accounts.findOrganization(rootOrganization)) !== undefined) return;
  const admin = await accounts.findUser(firstUser);
  if (admin === undefined) return;
  await accounts.createOrganization({
    id: newId(),
    name: rootOrganization,
    members: [{ userId: admin.id, roles: [...ROLES] }],
  });
}

async function makeAdmin(deps: FirstAccountDeps): Promise<void> {
  const { accounts, passwords, logger, newId, clock } = deps;
  const password = firstPassword(deps);
  if (password === wellKnownPassword) {
    logger.warn({ user: firstUser }, "the first account has the well-known password, change it");
  }
  const isMade = await accounts.createUser({
    id: newId(),
    name: firstUser,
    email: "",
    passwordHash: await passwords.hash(password),
    createdAt: dayAndTime(clock.nowMs()),
  });
  if (isMade) logger.info({ user: firstUser }, "first account made");
}

function firstPassword({ password, isLocalOnly }: FirstAccountDeps): string {
  if (password !== undefined) return revealed(password);
  if (isLocalOnly) return wellKnownPassword;
  throw errors.first_account_refused(
    "Set ADMIN_PASSWORD to the password of the first account: without it the account Admin would " +
      "have a password that everybody knows, and this host can be reached from the network",
  );
}
