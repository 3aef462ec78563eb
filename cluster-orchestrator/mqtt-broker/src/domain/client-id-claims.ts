/** A connection, as far as taking over its client id is concerned. */
export interface Claimant {
  close(): void;
}

/**
 * Lets one connection at a time hold a client id. [MQTT-3.1.4-2] A newcomer closes the holder and goes
 * on when the holder is really gone; of several newcomers the last one wins.
 *
 * aedes closes the holder by itself, but goes on at once when the holder is already closing, and the
 * end of the old connection then removes the entry of the new one: it would live on, unknown.
 */
export interface ClientIdClaims<C extends Claimant> {
  holderOf(clientId: string): C | undefined;
  /** Calls `proceed` when the id is free, perhaps at once, perhaps never (when a later claim wins). */
  claim(clientId: string, claimant: C, proceed: () => void): void;
  /** The holder is known to the broker: from here on closing it ends in `release`. */
  settle(clientId: string, claimant: C): void;
  /** The connection is gone, whether it held the id, waited for it or neither. */
  release(clientId: string, claimant: C): void;
  readonly size: number;
}

interface Slot<C> {
  holder: C;
  isSettled: boolean;
  next?: { claimant: C; proceed: () => void };
}

export function createClientIdClaims<C extends Claimant>(): ClientIdClaims<C> {
  const slots = new Map<string, Slot<C>>();

  const handOver = (clientId: string, { next }: Slot<C>): void => {
    if (next === undefined) {
      slots.delete(clientId);
      return;
    }
    slots.set(clientId, { holder: next.claimant, isSettled: false });
    next.proceed();
  };

  return {
    holderOf: (clientId) => slots.get(clientId)?.holder,
    claim: (clientId, claimant, proceed) => {
      const slot = slots.get(clientId);
      if (slot === undefined) {
        slots.set(clientId, { holder: claimant, isSettled: false });
        proceed();
        return;
      }
      const superseded = slot.next;
      slot.next = { claimant, proceed };
      superseded?.claimant.close();
      // A holder that is only half admitted would be forgotten by the broker if it were closed now.
      if (slot.isSettled) slot.holder.close();
    },
    settle: (clientId, claimant) => {
      const slot = slots.get(clientId);
      if (slot?.holder !== claimant) return;
      slot.isSettled = true;
      if (slot.next !== undefined) setImmediate(() => claimant.close());
    },
    release: (clientId, claimant) => {
      const slot = slots.get(clientId);
      if (slot?.next?.claimant === claimant) delete slot.next;
      else if (slot?.holder === claimant) handOver(clientId, slot);
    },
    get size() {
      return slots.size;
    },
  };
}
