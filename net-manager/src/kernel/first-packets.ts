import type { Clock, Logger } from "@oak/kit";
import { formatIp, parseIp } from "@oak/netlink";
import type { Addresses, DataPlane, UnknownDestination } from "../ports.ts";
import { readPacketHeader } from "./first-packet-header.ts";
import { refusalOf } from "./first-packet-refusal.ts";
import { createWaitingRoom, type WaitingRoom } from "./first-packet-room.ts";

export interface FirstPacketsDeps {
  /** Gives a packet to the kernel as if it had arrived. */
  write(packet: Uint8Array): void;
  /** Refuses the address in the kernel from now on. */
  refuse(address: string, forMs: number): void;
  /** Puts right what others took from an address that is known; true: that was what the packet lacked. */
  mend(address: string): boolean;
  /** Whether what this namespace address sends carries an instance address. */
  isNamed(namespace: string): boolean;
  clock: Pick<Clock, "monotonicMs">;
  logger: Logger;
}

/** Packets whose destination the kernel knows nothing about, or whose sender has no instance address: from when they arrive until both are known. */
export interface FirstPackets extends Pick<DataPlane, "onUnknown" | "answer"> {
  /** Must be called before the first packet. */
  use(options: { bridge: Addresses; prefixes: Addresses; ranges: readonly string[] }): void;
  /** From the TUN device. */
  take(packet: Buffer): void;
  /** The workload has its instance address now, and what it sent goes on. */
  named(namespace: Addresses): void;
  /** Lets go what has waited for too long. */
  expire(): void;
  /** How many have come so far. */
  count(): number;
}

export function createFirstPackets(deps: FirstPacketsDeps): FirstPackets {
  const { clock, logger } = deps;
  const unknown = createWaitingRoom();
  const nameless = createWaitingRoom();
  const listeners: ((destination: UnknownDestination) => void)[] = [];
  let isInRange: Matcher = () => false;
  let isNameless: Matcher = () => false;
  let from: { 4: Buffer; 6: Buffer } | undefined;
  let count = 0;

  const hold = (room: WaitingRoom, address: string, packet: Buffer): boolean => {
    const outcome = room.add(address, packet, clock.monotonicMs());
    if (outcome === "full") logger.debug({ address }, "too many packets wait, one dropped");
    return outcome === "first";
  };

  const refuse = (packets: readonly Buffer[]): void => {
    if (from === undefined) return;
    for (const packet of packets) {
      const header = readPacketHeader(packet);
      const refusal = header && refusalOf(packet, header, from[header.family]);
      if (refusal !== undefined) deps.write(refusal);
    }
  };

  return {
    use: ({ bridge, prefixes, ranges }) => {
      const own = { 4: parseIp(bridge.v4), 6: parseIp(bridge.v6) };
      from = own;
      isInRange = anyOf(ranges);
      const isWorkload = anyOf([prefixes.v4, prefixes.v6]);
      isNameless = (source) =>
        isWorkload(source) &&
        !source.equals(own[source.length === 4 ? 4 : 6]) &&
        !deps.isNamed(formatIp(source));
    },
    take: (packet) => {
      const header = readPacketHeader(packet);
      // The kernel's own chatter on every device, such as router solicitations, is for nobody.
      if (header === undefined || !isInRange(header.destination)) return;
      count += 1;
      // Whatever is known of its destination: the kernel would send it here again.
      if (isNameless(header.source)) {
        hold(nameless, formatIp(header.source), packet);
        return;
      }
      const address = formatIp(header.destination);
      if (deps.mend(address)) {
        deps.write(packet);
      } else if (hold(unknown, address, packet)) {
        for (const listener of listeners) listener({ address });
      }
    },
    named: (namespace) => {
      for (const source of [namespace.v4, namespace.v6]) {
        for (const packet of nameless.take(formatIp(parseIp(source)))) deps.write(packet);
      }
    },
    expire: () => {
      for (const room of [unknown, nameless]) room.expire(clock.monotonicMs());
    },
    onUnknown: (listener) => void listeners.push(listener),
    answer: (address, outcome) => {
      const waiting = unknown.take(address);
      if (outcome === "known") {
        for (const packet of waiting) deps.write(packet);
        return;
      }
      deps.refuse(address, outcome.unknownForMs);
      refuse(waiting);
    },
    count: () => count,
  };
}

type Matcher = (address: Buffer) => boolean;

function anyOf(ranges: readonly string[]): Matcher {
  const matchers = ranges.map(matcherOf);
  return (address) => matchers.some((matches) => matches(address));
}

/** @param range such as `fdff::/16` */
function matcherOf(range: string): Matcher {
  const [base = "", length = "0"] = range.split("/");
  const wanted = parseIp(base);
  const wholeBytes = Math.floor(Number(length) / 8);
  const mask = (0xff00 >> (Number(length) % 8)) & 0xff;
  return (address) =>
    address.length === wanted.length &&
    address.compare(wanted, 0, wholeBytes, 0, wholeBytes) === 0 &&
    ((address[wholeBytes] ?? 0) & mask) === ((wanted[wholeBytes] ?? 0) & mask);
}
