import type { Clock } from "@oak/kit";
import { createSlidingWindows, dropOldest } from "./sliding-windows.ts";

/**
 * Counts failed logins in a sliding window. Successes never count: command line tools log in every ten
 * seconds, each process once more. Somebody who guesses must not lock out those who know the password, so where an
 * account was logged in to from is remembered: there its own failures count, and nobody else's.
 */
export interface LoginLimits {
  /** Seconds until another try is allowed; 0 is now. */
  retryAfterS(attempt: LoginAttempt): number;
  failed(attempt: LoginAttempt): void;
  /** From now on this address is one from which the account is used; its failures so far are forgiven. */
  succeeded(attempt: LoginAttempt): void;
}

export interface LoginAttempt {
  address: string;
  account: string;
}

export interface LoginLimitsOptions {
  clock: Pick<Clock, "monotonicMs">;
  windowMs?: number;
  perAccount?: number;
  /** Higher, since many users can stand behind one address. */
  perAddress?: number;
  /** How long an address counts as one from which an account is used. */
  familiarMs?: number;
  /** Keys that are remembered; the oldest are forgotten first. */
  capacity?: number;
}

export function createLoginLimits(options: LoginLimitsOptions): LoginLimits {
  const { clock, perAccount = 10, perAddress = 30, capacity = 10_000 } = options;
  const { familiarMs = 24 * 60 * 60_000 } = options;
  const { windowMs = 60_000 } = options;
  const most = Math.max(perAccount, perAddress);
  const failures = createSlidingWindows({ clock, windowMs, capacity, most });
  const familiar = new Map<string, number>();

  const isFamiliar = (pair: string): boolean =>
    (familiar.get(pair) ?? Number.NEGATIVE_INFINITY) > clock.monotonicMs() - familiarMs;

  return {
    retryAfterS: (attempt) => {
      const { address, account, pair } = keysOf(attempt);
      const ms = isFamiliar(pair)
        ? failures.waitMs(pair, perAccount)
        : Math.max(failures.waitMs(address, perAddress), failures.waitMs(account, perAccount));
      return Math.ceil(ms / 1_000);
    },
    failed: (attempt) => {
      const { address, account, pair } = keysOf(attempt);
      // Of use only where the pair is looked at, and strangers must not fill the memory with pairs.
      if (isFamiliar(pair)) failures.add(pair);
      failures.add(address);
      failures.add(account);
    },
    succeeded: (attempt) => {
      const { pair } = keysOf(attempt);
      failures.forget(pair);
      familiar.delete(pair);
      familiar.set(pair, clock.monotonicMs());
      dropOldest(familiar, capacity);
    },
  };
}

function keysOf(attempt: LoginAttempt): { address: string; account: string; pair: string } {
  const address = addressKey(attempt.address);
  const account = accountKey(attempt.account);
  return { address, account, pair: `${address} ${account}` };
}

function accountKey(account: string): string {
  return `account:${account.toLowerCase()}`;
}

/** One customer of a provider has a whole /64 of IPv6 addresses. */
export function addressKey(address: string): string {
  const isIpv6 = address.includes(":") && !address.startsWith("::ffff:");
  return `address:${isIpv6 ? address.split(":").slice(0, 4).join(":") : address}`;
}
