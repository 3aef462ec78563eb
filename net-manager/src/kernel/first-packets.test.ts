import { createSilentLogger } from "@oak/kit";
import { parseIp } from "@oak/netlink";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readPacketHeader } from "./first-packet-header.ts";
import { checksum, refusalOf } from "./first-packet-refusal.ts";
import { holding } from "./first-packet-room.ts";
import { createFirstPackets } from "./first-packets.ts";

const bridge = { v4: "10.18.0.65", v6: "fc00::101" };
const prefixes = { v4: "10.18.0.64/26", v6: "fc00::100/120" };
const sender = { v4: "10.18.0.66", v6: "fc00::102" };

function aPacket(destination: string, wishes: { protocol?: number; payload?: Buffer } = {}) {
  const { protocol = 6, payload = Buffer.alloc(20) } = wishes;
  if (!destination.includes(":")) {
    const header = Buffer.alloc(20);
    header[0] = 0x45;
    header[9] = protocol;
    parseIp("10.18.0.66").copy(header, 12);
    parseIp(destination).copy(header, 16);
    return Buffer.concat([header, payload]);
  }
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header[6] = protocol;
  parseIp("fc00::102").copy(header, 8);
  parseIp(destination).copy(header, 24);
  return Buffer.concat([header, payload]);
}

function aBench() {
  const written: Buffer[] = [];
  const refused: [string, number][] = [];
  const asked: string[] = [];
  const mendable = new Set<string>();
  const nameless = new Set<string>();
  const time = { ms: 0 };
  const first = createFirstPackets({
    write: (packet) => void written.push(Buffer.from(packet)),
    refuse: (address, forMs) => void refused.push([address, forMs]),
    mend: (address) => mendable.delete(address),
    isNamed: (source) => !nameless.has(source),
    clock: { monotonicMs: () => time.ms },
    logger: createSilentLogger(),
  });
  first.use({ bridge, prefixes, ranges: ["10.30.0.0/16", "fdff::/16"] });
  first.onUnknown(({ address }) => asked.push(address));
  return { first, written, refused, asked, time, mendable, nameless };
}

test("packets for one unknown address ask once and go on in their order when it is known", () => {
  const { first, written, asked } = aBench();
  const packets = [1, 2, 3].map((n) => aPacket("10.30.0.9", { payload: Buffer.alloc(20, n) }));
  for (const packet of packets) first.take(packet);
  expect(asked).toEqual(["10.30.0.9"]);
  expect(written).toEqual([]);
  first.answer("10.30.0.9", "known");
  expect(written).toEqual(packets);
});

test("an answer that comes while it asks sends the packet on at once", () => {
  const { first, written } = aBench();
  first.onUnknown(({ address }) => first.answer(address, "known"));
  first.take(aPacket("fdff:2000::7"));
  expect(written).toEqual([aPacket("fdff:2000::7")]);
});

test("each sender of an unknown address is told, and the kernel refuses the next", () => {
  const { first, written, refused } = aBench();
  first.take(aPacket("10.30.0.9"));
  first.take(aPacket("fdff::9"));
  first.answer("10.30.0.9", { unknownForMs: 5_000 });
  first.answer("fdff::9", { unknownForMs: 5_000 });
  expect(refused).toEqual([
    ["10.30.0.9", 5_000],
    ["fdff::9", 5_000],
  ]);
  const [four, six] = written.map((packet) => readPacketHeader(packet));
  expect(four?.destination).toEqual(parseIp("10.18.0.66"));
  expect(six?.destination).toEqual(parseIp("fc00::102"));
  expect(six?.source).toEqual(parseIp("fc00::101"));
});

test("what is for nobody is ignored", () => {
  const { first, asked } = aBench();
  for (const destination of ["ff02::2", "10.31.0.1", "255.255.255.255", "fdfe::1"]) {
    first.take(aPacket(destination));
  }
  first.take(Buffer.from([0x45, 0, 0]));
  first.take(Buffer.alloc(0));
  expect(asked).toEqual([]);
  expect(first.count()).toBe(0);
});

test("what is held has limits", () => {
  const { first, written, asked } = aBench();
  for (let n = 0; n < 40; n += 1) first.take(aPacket("10.30.0.9"));
  first.answer("10.30.0.9", "known");
  expect(written.length).toBe(holding.packetsPerAddress);
  for (let n = 0; n < 600; n += 1) first.take(aPacket(`10.30.${n >> 8}.${n & 255}`));
  expect(asked.length).toBe(1 + holding.addresses);
});

test("an address without an answer is forgotten after a while and asked for again", () => {
  const { first, written, asked, time } = aBench();
  first.take(aPacket("10.30.0.9"));
  time.ms = holding.forMs;
  first.expire();
  first.take(aPacket("10.30.0.9"));
  expect(asked.length).toBe(2);
  first.answer("10.30.0.9", "known");
  expect(written.length).toBe(1);
});

test("a packet whose route somebody took away goes on as soon as the route is back", () => {
  const { first, written, asked, mendable } = aBench();
  mendable.add("10.30.0.9");
  first.take(aPacket("10.30.0.9"));
  expect([written.length, asked.length]).toEqual([1, 0]);
});

test.each(["10.30.0.9", "fdff::9"])(
  "what a workload without an instance address sends to %s waits for that, and not for too long",
  (destination) => {
    const { first, written, asked, time, nameless } = aBench();
    nameless.add(sender.v4).add(sender.v6);
    first.take(aPacket(destination));
    // Also when its destination is known meanwhile.
    first.answer(destination, "known");
    expect([written.length, asked.length]).toEqual([0, 0]);
    nameless.clear();
    first.named(sender);
    expect(written).toEqual([aPacket(destination)]);
    nameless.add(sender.v4).add(sender.v6);
    first.take(aPacket(destination));
    time.ms = holding.forMs;
    first.expire();
    nameless.clear();
    first.named(sender);
    expect(written.length).toBe(1);
  },
);

test("a refusal quotes the packet and sums up to nothing", () => {
  const packet = aPacket("10.30.0.9", { payload: Buffer.alloc(1_400, 7) });
  const header = readPacketHeader(packet)!;
  const refusal = refusalOf(packet, header, parseIp(bridge.v4))!;
  expect(refusal.length).toBe(576);
  expect([...refusal.subarray(20, 22)]).toEqual([3, 1]);
  expect(checksum(refusal.subarray(0, 20))).toBe(0);
  expect(checksum(refusal.subarray(20))).toBe(0);
  expect(refusal.subarray(28)).toEqual(packet.subarray(0, 548));
});

test("errors, groups and later fragments are never answered", () => {
  const error = aPacket("10.30.0.9", { protocol: 1, payload: Buffer.from([3, 1, 0, 0]) });
  const ping = aPacket("10.30.0.9", { protocol: 1, payload: Buffer.from([8, 0, 0, 0]) });
  const fragment = aPacket("10.30.0.9");
  fragment.writeUInt16BE(100, 6);
  const fromGroup = aPacket("10.30.0.9");
  fromGroup[12] = 224;
  const errorV6 = aPacket("fdff::9", { protocol: 58, payload: Buffer.from([1, 3, 0, 0]) });
  const isAnswered = [ping, error, fragment, fromGroup, errorV6].map((packet) => {
    const header = readPacketHeader(packet)!;
    return refusalOf(packet, header, Buffer.alloc(header.family === 4 ? 4 : 16, 1)) !== undefined;
  });
  expect(isAnswered).toEqual([true, false, false, false, false]);
});

test("no bytes whatever break it", () => {
  const { first } = aBench();
  first.onUnknown(({ address }) => first.answer(address, { unknownForMs: 1 }));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      if (bytes[0] !== undefined) bytes[0] = (bytes[0] & 15) | (bytes[0] & 128 ? 0x40 : 0x60);
      if (bytes.length >= 20) bytes.set([10, 30], 16);
      first.take(Buffer.from(bytes));
    }),
  );
});
