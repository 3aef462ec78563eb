import type { PacketHeader } from "./first-packet-header.ts";

const icmp = 1;
const icmpV6 = 58;
const hopLimit = 64;
/** Echo request and reply; of all other ICMP we answer none, since errors about errors never end. */
const echoes = { [icmp]: [8, 0], [icmpV6]: [128, 129] } as const;
/** What of the refused packet fits: hosts must take 576 bytes of IPv4 (RFC 1812) and 1280 of IPv6 (RFC 4443). */
const largestQuote = { 4: 576 - 28, 6: 1280 - 48 } as const;

/**
 * "There is no such host", addressed to the sender of a packet: its connect fails at once instead of after minutes.
 * Made here and not by the kernel, which says it to each sender only about once a second.
 *
 * @param from the address of the bridge, of the packet's family
 * @returns undefined for packets that must not be answered
 */
export function refusalOf(packet: Buffer, header: PacketHeader, from: Buffer): Buffer | undefined {
  if (!isAnswerable(packet, header)) return undefined;
  const quote = packet.subarray(0, largestQuote[header.family]);
  return header.family === 4
    ? refuseV4(quote, header.source, from)
    : refuseV6(quote, header.source, from);
}

function isAnswerable(packet: Buffer, header: PacketHeader): boolean {
  if (header.isLaterFragment || !isOneHost(header)) return false;
  if (header.protocol !== icmp && header.protocol !== icmpV6) return true;
  const types: readonly number[] = echoes[header.protocol];
  return types.includes(packet[header.payloadAt] ?? -1);
}

/** Neither "nobody" nor a group. */
function isOneHost({ family, source }: PacketHeader): boolean {
  if (source.every((byte) => byte === 0)) return false;
  const first = source[0] ?? 0;
  return family === 4 ? first < 224 : first !== 0xff;
}

function refuseV4(quote: Buffer, to: Buffer, from: Buffer): Buffer {
  const answer = Buffer.alloc(28 + quote.length);
  answer.writeUInt8(0x45, 0);
  answer.writeUInt16BE(answer.length, 2);
  answer.writeUInt8(hopLimit, 8);
  answer.writeUInt8(icmp, 9);
  from.copy(answer, 12);
  to.copy(answer, 16);
  answer.writeUInt16BE(checksum(answer.subarray(0, 20)), 10);
  answer.writeUInt8(3, 20); // destination unreachable
  answer.writeUInt8(1, 21); // host
  quote.copy(answer, 28);
  answer.writeUInt16BE(checksum(answer.subarray(20)), 22);
  return answer;
}

function refuseV6(quote: Buffer, to: Buffer, from: Buffer): Buffer {
  const answer = Buffer.alloc(48 + quote.length);
  const length = answer.length - 40;
  answer.writeUInt8(0x60, 0);
  answer.writeUInt16BE(length, 4);
  answer.writeUInt8(icmpV6, 6);
  answer.writeUInt8(hopLimit, 7);
  from.copy(answer, 8);
  to.copy(answer, 24);
  answer.writeUInt8(1, 40); // destination unreachable
  answer.writeUInt8(3, 41); // address
  quote.copy(answer, 48);
  // RFC 4443: with the addresses, the length and the protocol in front.
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(length, 0);
  pseudo.writeUInt8(icmpV6, 7);
  const summed = Buffer.concat([answer.subarray(8, 40), pseudo, answer.subarray(40)]);
  answer.writeUInt16BE(checksum(summed), 42);
  return answer;
}

/** RFC 1071. */
export function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  if (bytes.length % 2 === 1) sum += (bytes[bytes.length - 1] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
