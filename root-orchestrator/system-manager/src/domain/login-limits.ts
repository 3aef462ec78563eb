import type { Clock } from "@oak/kit";

/**
 * Counts failed logins in a sliding window. Successes never count: command line tools log in every ten
 * seconds, each process once more.
 */
export interface LoginLimits {
  /** Seconds until another try is allowed; 0 is now. */
  retryAfterS(attempt: LoginAttempt): number;
  failed(attempt: LoginAttempt): void;
  /** A success ends the suspicion against the account, not the one against the address. */
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
  /** Keys that are remembered; the oldest are forgotten first. */
  capacity?: number;
}

export function createLoginLimits(options: LoginLimitsOptions): LoginLimits {
  const { clock, windowMs = 60_000, perAccount = 10, perAddress = 30, capacity = 10_000 } = options;
  const failures = new Map<string, number[]>();

  const recent = (key: string): number[] => {
    const after = clock.monotonicMs() - windowMs;
    return (failures.get(key) ?? []).filter((at) => at > after);
  };
  const waitMs = (key: string, limit: number): number => {
    const times = recent(key);
    const oldestThatCounts = times[times.length - limit];
    return oldestThatCounts === undefined ? 0 : oldestThatCounts + windowMs - clock.monotonicMs();
  };
  const add = (key: string): void => {
    const times = [...recent(key), clock.monotonicMs()];
    // Set anew, so that the map stays in the order of the latest failure.
    failures.delete(key);
    failures.set(key, times.slice(-Math.max(perAccount, perAddress)));
    const [oldest] = failures.keys();
    if (failures.size > capacity && oldest !== undefined) failures.delete(oldest);
  };

  return {
    retryAfterS: ({ address, account }) => {
      const ms = Math.max(
        waitMs(addressKey(address), perAddress),
        waitMs(accountKey(account), perAccount),
      );
      return Math.ceil(ms / 1_000);
    },
    failed: ({ address, account }) => {
      add(addressKey(address));
      add(accountKey(account));
    },
    succeeded: ({ account }) => {
      failures.delete(accountKey(account));
    },
  };
}

function accountKey(account: string): string {
  return `account:${account.toLowerCase()}`;
}

/** One customer of a provider has a whole /64 of IPv6 addresses. */
function addressKey(address: string): string {
  const isIpv6 = address.includes(":") && !address.startsWith("::ffff:");
  return `address:${isIpv6 ? address.split(":").slice(0, 4).join(":") : address}`;
}
