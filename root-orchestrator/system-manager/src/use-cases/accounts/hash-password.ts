import { errors } from "../../errors.ts";
import type { Passwords } from "../../ports/passwords.ts";

export interface HashPasswordDeps {
  passwords: Pick<Passwords, "hash">;
  /** Bounds how many hashes are computed at once. */
  inTurn: <T>(task: () => Promise<T>) => Promise<T>;
  /** OAK_PASSWORD_MIN_LENGTH */
  minPasswordLength: number;
}

/**
 * The hash of a new password.
 * @throws AppError password_too_short, logins_busy
 */
export type HashPassword = (password: string) => Promise<string>;

export function createHashPassword(deps: HashPasswordDeps): HashPassword {
  const { passwords, inTurn, minPasswordLength } = deps;
  return async (password) => {
    if (password.length < minPasswordLength) {
      throw errors.password_too_short(`A password has at least ${minPasswordLength} characters`);
    }
    return inTurn(() => passwords.hash(password));
  };
}
