import type { Login, LoginAnswer } from "@oak/contracts";
import type { LoginLimits } from "../domain/login-limits.ts";
import { rolesIn } from "../domain/roles.ts";
import { errors } from "../errors.ts";
import type { Accounts, User } from "../ports/accounts.ts";
import type { Passwords } from "../ports/passwords.ts";
import type { Sessions } from "../ports/sessions.ts";
import type { Tokens } from "../ports/tokens.ts";
import { rootOrganization } from "./ensure-first-account.ts";

export interface LogInDeps {
  accounts: Pick<Accounts, "findUser" | "findOrganization">;
  passwords: Passwords;
  tokens: Pick<Tokens, "sign">;
  sessions: Pick<Sessions, "begun">;
  limits: LoginLimits;
  /** Bounds how many hashes are computed at once: each takes 19 MiB. */
  inTurn: <T>(task: () => Promise<T>) => Promise<T>;
  /** Random, and never the same again. */
  newSessionId: () => string;
}

/**
 * Answers both tokens for a name and a password. An unknown user costs as much time as a wrong password, and
 * somebody who is no member of the organization is told no more than that.
 * @throws AppError organization_unknown, login_failed, too_many_failed_logins, logins_busy
 */
export function createLogIn(deps: LogInDeps) {
  const { accounts, tokens, sessions, limits, inTurn } = deps;
  const isRightPassword = createPasswordCheck(deps);

  return async (login: Login, address: string): Promise<LoginAnswer> => {
    const attempt = { address, account: login.username };
    assertNotLimited(limits.retryAfterS(attempt));
    const name = login.organization_name ?? login.organization ?? rootOrganization;
    const organization = await accounts.findOrganization(name);
    if (organization === undefined) throw errors.organization_unknown();
    const user = await accounts.findUser(login.username);
    const isRight = await inTurn(async () => {
      // Asked again: while this one waited, others may have used up the tries.
      assertNotLimited(limits.retryAfterS(attempt));
      return isRightPassword(user, login.password);
    });
    const roles = user === undefined ? undefined : rolesIn(organization, user);
    if (!isRight || user === undefined || roles === undefined) {
      limits.failed(attempt);
      throw errors.login_failed();
    }
    limits.succeeded(attempt);
    const session = { id: deps.newSessionId(), isRotating: login.rotate === true };
    const { id, generation } = user;
    const identity = {
      id,
      name: user.name,
      roles,
      organization: organization.id,
      generation,
      session,
    };
    const [token, refresh_token] = await Promise.all([
      tokens.sign(identity, "access"),
      tokens.sign(identity, "refresh"),
    ]);
    sessions.begun(session.id);
    return { token, refresh_token };
  };
}

function createPasswordCheck({ passwords }: Pick<LogInDeps, "passwords">) {
  let decoy: Promise<string> | undefined;
  return async (user: User | undefined, password: string): Promise<boolean> => {
    decoy ??= passwords.hash("nobody has this password");
    const isRight = await passwords.verify(user?.passwordHash ?? (await decoy), password);
    return user !== undefined && isRight;
  };
}

/** @throws AppError too_many_failed_logins */
export function assertNotLimited(retryAfterS: number): void {
  if (retryAfterS <= 0) return;
  throw errors.too_many_failed_logins({
    detail: `Too many failed logins; try again in ${retryAfterS} seconds`,
    params: { retry_after_s: retryAfterS },
  });
}
