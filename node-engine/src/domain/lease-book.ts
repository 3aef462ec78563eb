import type { InstanceKey } from "@oak/contracts";

/**
 * The right of one exclusive instance to run here. Times are ms on a clock that counts from the boot of the
 * machine and does not stand still while it sleeps.
 */
export interface Lease {
  key: InstanceKey;
  /** Nothing of the instance may run any more so long after `sentMs`. */
  ttlMs: number;
  /** When the newest heartbeat left for which the cluster has named this copy; absent: none did. */
  sentMs?: number;
}

/**
 * Which exclusive instances may run here, and for how long. It belongs to the instance and not to its pair: the
 * cluster gives nobody else a right before this one is over, so a higher pair here takes it along.
 *
 * INVARIANTS: a lease is never longer than `ttlMs` from the moment in which its heartbeat was sent, whenever the
 * answer comes; a clock that went back ends it.
 */
export interface LeaseBook {
  isEmpty(): boolean;
  has(key: InstanceKey): boolean;
  keys(): InstanceKey[];
  /** From now on the instance needs a lease; one that it has stays. */
  hold(key: InstanceKey, ttlMs: number): void;
  /** The instance needs no lease any more. */
  release(key: InstanceKey): void;
  /** The heartbeat that was sent at `sentMs` was answered for it. An older one than known changes nothing. */
  renew(key: InstanceKey, sentMs: number): void;
  /** Until what runs of it has to be killed; 0: now. */
  leftMs(key: InstanceKey): number;
  /** Whether enough is left to begin a run: one that starts slowly must not come up after the end. */
  mayStart(key: InstanceKey): boolean;
  all(): Lease[];
}

/** For the kill itself, and for a clock of the machine that runs a little slow. */
const longestAllowanceMs = 2_000;

export function createLeaseBook(nowMs: () => number): LeaseBook {
  const leases = new Map<InstanceKey, Lease>();

  const leftMs = (key: InstanceKey): number => {
    const lease = leases.get(key);
    if (lease?.sentMs === undefined) return 0;
    const agoMs = nowMs() - lease.sentMs;
    return agoMs < 0 ? 0 : Math.max(0, usableMs(lease) - agoMs);
  };

  return {
    isEmpty: () => leases.size === 0,
    has: (key) => leases.has(key),
    keys: () => [...leases.keys()],
    hold: (key, ttlMs) => void leases.set(key, { ...leases.get(key), key, ttlMs }),
    release: (key) => void leases.delete(key),
    renew: (key, sentMs) => {
      const lease = leases.get(key);
      if (lease !== undefined && sentMs > (lease.sentMs ?? Number.NEGATIVE_INFINITY)) {
        leases.set(key, { ...lease, sentMs });
      }
    },
    leftMs,
    mayStart: (key) => {
      const lease = leases.get(key);
      return lease !== undefined && leftMs(key) > usableMs(lease) / 2;
    },
    all: () => [...leases.values()],
  };
}

function usableMs({ ttlMs }: Lease): number {
  return ttlMs - Math.min(longestAllowanceMs, ttlMs / 5);
}
