import type { Id } from "@oak/contracts";

/** A link that was mailed, by the hash of its token. Times are Unix seconds. */
export interface PasswordReset {
  tokenHash: string;
  userId: Id;
  expiresAt: number;
}

/** All methods reject when the database cannot be reached. */
export interface PasswordResets {
  create(reset: PasswordReset): Promise<void>;
  find(tokenHash: string): Promise<PasswordReset | undefined>;
  /** True for the one caller who takes it away. */
  take(tokenHash: string): Promise<boolean>;
  removeOf(userId: Id): Promise<void>;
  removeExpired(now: number): Promise<void>;
}
