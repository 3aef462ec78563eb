import type { PasswordChange } from "@oak/contracts";
import type { LoginLimits } from "../../domain/login-limits.ts";
import { errors } from "../../errors.ts";
import type { Accounts } from "../../ports/accounts.ts";
import type { Passwords } from "../../ports/passwords.ts";
import { assertNotLimited } from "../log-in.ts";
import type { HashPassword, HashPasswordDeps } from "./hash-password.ts";

export interface ChangePasswordDeps {
  accounts: Pick<Accounts, "findUser" | "updateUser">;
  passwords: Pick<Passwords, "verify">;
  inTurn: HashPasswordDeps["inTurn"];
  limits: LoginLimits;
  hashPassword: HashPassword;
}

/**
 * A new password for somebody who knows the old one; it ends all of his sessions. Wrong ones count like failed
 * logins, or a stolen token would be a way to guess it.
 * @throws AppError user_unknown, password_wrong, password_unchanged, password_too_short, too_many_failed_logins
 */
export function createChangePassword(deps: ChangePasswordDeps) {
  const { accounts, passwords, inTurn, limits, hashPassword } = deps;
  return async (name: string, change: PasswordChange, address: string): Promise<void> => {
    const attempt = { address, account: name };
    assertNotLimited(limits.retryAfterS(attempt));
    const user = await accounts.findUser(name);
    if (user === undefined) throw errors.user_unknown();
    const isRight = await inTurn(async () => {
      assertNotLimited(limits.retryAfterS(attempt));
      return passwords.verify(user.passwordHash, change.oldPassword);
    });
    if (!isRight) {
      limits.failed(attempt);
      throw errors.password_wrong();
    }
    if (change.newPassword === change.oldPassword) throw errors.password_unchanged();
    const passwordHash = await hashPassword(change.newPassword);
    if (!(await accounts.updateUser(user.id, { passwordHash }))) throw errors.user_unknown();
  };
}
