import type { Clock, Logger } from "@oak/kit";
import { formatIp, parseIp } from "@oak/netlink";
import type { Addresses, DataPlane, UnknownDestination } from "../ports.ts";
import { readPacketHeader } from "./first-packet-header.ts";
import { refusalOf } from "./first-packet-refusal.ts";

export interface FirstPacketsDeps {
  /** Gives a packet to the kernel as if it had arrived. */
  write(packet: Uint8Array): void;
  /** Refuses the address in the kernel from now on. */
  refuse(address: string, forMs: number): void;
  /** Puts right what others took from an address that is known; true: that was what the packet lacked. */
  mend(address: string): boolean;
  clock: Pick<Clock, "monotonicMs">;
  logger: Logger;
}

/** Limits of what is held: the rest is dropped, as a network does, and its sender tries again. */
export const holding = { packetsPerAddress: 16, addresses: 256, forMs: 3_000 } as const;

/** Packets whose destination the kernel knows nothing about, from when they arrive until their destination is known. */
export interface FirstPackets extends Pick<DataPlane, "onUnknown" | "answer"> {
  /** Must be called before the first packet. */
  use(options: { bridge: Addresses; ranges: readonly string[] }): void;
  /** From the TUN device. */
  take(packet: Buffer): void;
  /** Lets go what has waited for too long. */
  expire(): void;
  /** How many have come so far. */
  count(): number;
}

interface Held {
  packets: Buffer[];
  sinceMs: number;
}

export function createFirstPackets(deps: FirstPacketsDeps): FirstPackets {
  const { clock, logger } = deps;
  const held = new Map<string, Held>();
  const listeners: ((destination: UnknownDestination) => void)[] = [];
  let isInRange: (address: Buffer) => boolean = () => false;
  let from: { 4: Buffer; 6: Buffer } | undefined;
  let count = 0;

  const hold = (address: string, packet: Buffer): void => {
    const waiting = held.get(address);
    // The bytes belong to whoever reads the device, until the next packet.
    if (waiting !== undefined) {
      if (waiting.packets.length < holding.packetsPerAddress) {
        waiting.packets.push(Buffer.from(packet));
      }
      return;
    }
    if (held.size >= holding.addresses) {
      logger.debug({ address }, "too many unknown addresses, packet dropped");
      return;
    }
    held.set(address, { packets: [Buffer.from(packet)], sinceMs: clock.monotonicMs() });
    for (const listener of listeners) listener({ address });
  };

  const refuse = ({ packets }: Held): void => {
    if (from === undefined) return;
    for (const packet of packets) {
      const header = readPacketHeader(packet);
      const refusal = header && refusalOf(packet, header, from[header.family]);
      if (refusal !== undefined) deps.write(refusal);
    }
  };

  return {
    use: ({ bridge, ranges }) => {
      from = { 4: parseIp(bridge.v4), 6: parseIp(bridge.v6) };
      const matchers = ranges.map(matcherOf);
      isInRange = (address) => matchers.some((matches) => matches(address));
    },
    take: (packet) => {
      const header = readPacketHeader(packet);
      // The kernel's own chatter on every device, such as router solicitations, is for nobody.
      if (header === undefined || !isInRange(header.destination)) return;
      count += 1;
      const address = formatIp(header.destination);
      if (deps.mend(address)) deps.write(packet);
      else hold(address, packet);
    },
    expire: () => {
      const oldestMs = clock.monotonicMs() - holding.forMs;
      for (const [address, { sinceMs }] of held) {
        if (sinceMs <= oldestMs) held.delete(address);
      }
    },
    onUnknown: (listener) => void listeners.push(listener),
    answer: (address, outcome) => {
      const waiting = held.get(address);
      held.delete(address);
      if (outcome === "known") {
        for (const packet of waiting?.packets ?? []) deps.write(packet);
        return;
      }
      deps.refuse(address, outcome.unknownForMs);
      if (waiting !== undefined) refuse(waiting);
    },
    count: () => count,
  };
}

/** @param range such as `fdff::/16` */
function matcherOf(range: string): (address: Buffer) => boolean {
  const [base = "", length = "0"] = range.split("/");
  const wanted = parseIp(base);
  const wholeBytes = Math.floor(Number(length) / 8);
  const mask = (0xff00 >> (Number(length) % 8)) & 0xff;
  return (address) =>
    address.length === wanted.length &&
    address.compare(wanted, 0, wholeBytes, 0, wholeBytes) === 0 &&
    ((address[wholeBytes] ?? 0) & mask) === ((wanted[wholeBytes] ?? 0) & mask);
}
