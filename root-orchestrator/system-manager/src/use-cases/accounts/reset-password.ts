import type { PasswordReset } from "@oak/contracts";
import { type Clock, hashToken } from "@oak/kit";
import { errors } from "../../errors.ts";
import type { Accounts } from "../../ports/accounts.ts";
import type { PasswordResets } from "../../ports/password-resets.ts";
import type { HashPassword } from "./hash-password.ts";

export interface ResetPasswordDeps {
  accounts: Pick<Accounts, "updateUser">;
  resets: PasswordResets;
  hashPassword: HashPassword;
  clock: Pick<Clock, "nowMs">;
}

/**
 * A new password for whoever has the token of a mail; it works once, and ends every session of the user.
 * @throws AppError reset_link_invalid, password_too_short
 */
export function createResetPassword({ accounts, resets, hashPassword, clock }: ResetPasswordDeps) {
  return async ({ token, password }: PasswordReset): Promise<void> => {
    const reset = await resets.find(hashToken(token));
    const isGood = reset !== undefined && reset.expiresAt > clock.nowMs() / 1_000;
    if (!isGood) throw errors.reset_link_invalid();
    // Before the token is used up: a password that is refused must not cost the link.
    const passwordHash = await hashPassword(password);
    if (!(await resets.take(reset.tokenHash))) throw errors.reset_link_invalid();
    const isThere = await accounts.updateUser(reset.userId, { passwordHash });
    await resets.removeOf(reset.userId);
    if (!isThere) throw errors.reset_link_invalid();
  };
}
