import type { Login, LoginAnswer } from "@oak/contracts";
import type { LoginLimits } from "../domain/login-limits.ts";
import { errors } from "../errors.ts";
import type { Accounts, Organization, User } from "../ports/accounts.ts";
import type { Passwords } from "../ports/passwords.ts";
import type { Tokens } from "../ports/tokens.ts";
import { rootOrganization } from "./ensure-first-account.ts";

export interface LogInDeps {
  accounts: Accounts;
  passwords: Passwords;
  tokens: Tokens;
  limits: LoginLimits;
  /** Bounds how many hashes are computed at once: each takes 19 MiB. */
  inTurn: <T>(task: () => Promise<T>) => Promise<T>;
}

/**
 * Answers both tokens for a name and a password. An unknown user costs as much time as a wrong password.
 * @throws AppError organization_unknown, login_failed, too_many_failed_logins
 */
export function createLogIn(deps: LogInDeps) {
  const { accounts, tokens, limits, inTurn } = deps;
  const isRightPassword = createPasswordCheck(deps);

  return async (login: Login, address: string): Promise<LoginAnswer> => {
    const attempt = { address, account: login.username };
    assertAllowed(limits.retryAfterS(attempt));
    const name = login.organization_name ?? login.organization ?? rootOrganization;
    const organization = await accounts.findOrganization(name);
    if (organization === undefined) throw errors.organization_unknown();
    const user = await accounts.findUser(login.username);
    const isRight = await inTurn(async () => {
      // Asked again: while this one waited, others may have used up the tries.
      assertAllowed(limits.retryAfterS(attempt));
      return isRightPassword(user, login.password);
    });
    const roles = user === undefined ? undefined : rolesIn(organization, user);
    if (!isRight || user === undefined || roles === undefined) {
      limits.failed(attempt);
      throw errors.login_failed();
    }
    limits.succeeded(attempt);
    const identity = { name: user.name, roles, organization: organization.id };
    const [token, refresh_token] = await Promise.all([
      tokens.sign(identity, "access"),
      tokens.sign(identity, "refresh"),
    ]);
    return { token, refresh_token };
  };
}

/** Roles of a member; undefined for somebody who is none. */
export function rolesIn(organization: Organization, user: User): string[] | undefined {
  return organization.members.find((member) => member.userId === user.id)?.roles;
}

function createPasswordCheck({ passwords }: Pick<LogInDeps, "passwords">) {
  let decoy: Promise<string> | undefined;
  return async (user: User | undefined, password: string): Promise<boolean> => {
    decoy ??= passwords.hash("nobody has this password");
    const isRight = await passwords.verify(user?.passwordHash ?? (await decoy), password);
    return user !== undefined && isRight;
  };
}

function assertAllowed(retryAfterS: number): void {
  if (retryAfterS <= 0) return;
  throw errors.too_many_failed_logins({
    detail: `Too many failed logins; try again in ${retryAfterS} seconds`,
    params: { retry_after_s: retryAfterS },
  });
}
