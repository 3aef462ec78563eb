import type { InstanceKey, NetAttach, NetLeases } from "@oak/contracts";
import type { Clock, Logger } from "@oak/kit";
import type { NetSession } from "./net-session.ts";
import type { LeftLease, NetManager } from "./ports.ts";

/** How long exclusive instances may answer, and what the net-manager hears of it. */
export interface LeaseTerms {
  /** The instance has just been connected: tells what is left of its lease, when it has one. */
  attached(key: InstanceKey, wanted: NetAttach): Promise<void>;
  /** Tells the new terms of those that are connected. */
  renew(
    leases: readonly LeftLease[],
    attached: readonly { key: InstanceKey; wanted: NetAttach }[],
  ): void;
}

export interface LeaseTermsDeps {
  manager: Pick<NetManager, "renewLeases">;
  session: Pick<NetSession, "isReady" | "doubt">;
  clock: Clock;
  logger: Logger;
}

export function createLeaseTerms({ manager, session, clock, logger }: LeaseTermsDeps): LeaseTerms {
  /** Until when, on the monotonic clock. */
  const ends = new Map<InstanceKey, number>();

  return {
    attached: async (key, wanted) => {
      const endMs = ends.get(key);
      if (endMs === undefined) return;
      await manager.renewLeases([termOf(wanted, Math.max(0, endMs - clock.monotonicMs()))]);
    },
    renew: (leases, attached) => {
      const left = new Map(leases.map(({ key, leftMs }) => [key, leftMs]));
      for (const [key, leftMs] of left) ends.set(key, clock.monotonicMs() + leftMs);
      for (const [key, endMs] of ends) if (endMs < clock.monotonicMs()) ends.delete(key);
      const terms = attached.flatMap(({ key, wanted }) => {
        const leftMs = left.get(key);
        return leftMs === undefined ? [] : [termOf(wanted, leftMs)];
      });
      if (terms.length === 0 || !session.isReady()) return;
      manager.renewLeases(terms).catch((error: unknown) => {
        logger.warn({ err: error }, "leases not told to the net-manager");
        session.doubt();
      });
    },
  };
}

function termOf(
  { serviceName, instanceNumber }: NetAttach,
  leftMs: number,
): NetLeases["leases"][number] {
  return { serviceName, instanceNumber, forMs: Math.floor(leftMs) };
}
