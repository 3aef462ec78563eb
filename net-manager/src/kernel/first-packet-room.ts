/** Limits of what is held: the rest is dropped, as a network does, and its sender tries again. */
export const holding = { packetsPerAddress: 16, addresses: 256, forMs: 3_000 } as const;

/** Packets that wait for the same thing to become known of an address. */
export interface WaitingRoom {
  /** `first`: nothing waited for that address before. `full`: there are too many of them already, and this one is dropped. */
  add(address: string, packet: Buffer, nowMs: number): "first" | "another" | "full";
  /** In the order in which they came; they wait no more. */
  take(address: string): Buffer[];
  /** Drops what waits for too long. */
  expire(nowMs: number): void;
}

export function createWaitingRoom(): WaitingRoom {
  const held = new Map<string, { packets: Buffer[]; sinceMs: number }>();
  return {
    add: (address, packet, nowMs) => {
      const waiting = held.get(address);
      if (waiting === undefined && held.size >= holding.addresses) return "full";
      if (waiting !== undefined && waiting.packets.length >= holding.packetsPerAddress) {
        return "another";
      }
      // The bytes belong to whoever reads the device, until the next packet.
      const copy = Buffer.from(packet);
      if (waiting === undefined) held.set(address, { packets: [copy], sinceMs: nowMs });
      else waiting.packets.push(copy);
      return waiting === undefined ? "first" : "another";
    },
    take: (address) => {
      const waiting = held.get(address)?.packets ?? [];
      held.delete(address);
      return waiting;
    },
    expire: (nowMs) => {
      for (const [address, { sinceMs }] of held) {
        if (sinceMs <= nowMs - holding.forMs) held.delete(address);
      }
    },
  };
}
