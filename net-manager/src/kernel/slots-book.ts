import type { Slot } from "../ports.ts";
import { addressOfPort, type SubnetPlan } from "./environment-addresses.ts";
import { slotErrors } from "./slots-errors.ts";
import { createSlotPool } from "./slots-pool.ts";

/** A {@link Slot} with what tells it from others of the same name. */
export interface ConnectedSlot extends Slot {
  /** Of the port; another one under the same name is another pair. */
  index: number;
  /** What tells its namespace from a later one of the same id; undefined on an old kernel. */
  cookie: bigint | undefined;
}

/** Which namespaces are connected, and with which addresses of the subnet. */
export interface SlotBook {
  get(id: string): ConnectedSlot | undefined;
  all(): ConnectedSlot[];
  set(slot: ConnectedSlot): void;
  /** Gives its addresses back. */
  drop(slot: ConnectedSlot): void;
  /** Number of a free pair of addresses. @throws AppError `subnet_full` */
  take(): number;
  /** This one, which a predecessor gave to a namespace. */
  claim(index: number): void;
  release(index: number): void;
  /** The number of the addresses that a port is for; undefined for what is no port of this subnet. */
  indexOf(port: string): number | undefined;
}

/** @param ports names of the host's ends that a predecessor left */
export function createSlotBook(
  plan: SubnetPlan,
  { prefix, ports }: { prefix: string; ports: readonly string[] },
): SlotBook {
  const indexOf = (port: string): number | undefined => {
    const v4 = addressOfPort(prefix, port);
    return v4 === undefined ? undefined : plan.indexOf(v4);
  };
  const byId = new Map<string, ConnectedSlot>();
  const pool = createSlotPool(
    plan.size,
    ports.flatMap((port) => indexOf(port) ?? []),
  );
  return {
    get: (id) => byId.get(id),
    all: () => [...byId.values()],
    set: (slot) => void byId.set(slot.id, slot),
    drop: (slot) => {
      byId.delete(slot.id);
      pool.release(plan.indexOf(slot.namespace.v4) ?? -1);
    },
    take: () => {
      const index = pool.take();
      if (index !== undefined) return index;
      throw slotErrors.subnet_full(`All ${plan.size} addresses of ${plan.prefixes.v4} are taken`);
    },
    claim: (index) => void pool.claim(index),
    release: (index) => pool.release(index),
    indexOf,
  };
}
