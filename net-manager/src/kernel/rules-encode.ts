import { addressValue, formatAddress } from "@oak/core";

/**
 * Keys and data as the kernel compares them, held as strings of one character a byte: they are keys of JavaScript maps too.
 */
export type Bytes = string;

/** Addresses and ports are in network order, each field filled up to four bytes. */
export function address(text: string): Bytes {
  const value = addressValue(text);
  return bigEndian(value, text.includes(":") ? 16 : 4);
}

/** What {@link address} was made of, in its one spelling. */
export function addressText(bytes: Bytes): string {
  const hex = Buffer.from(bytes, "latin1").toString("hex");
  return formatAddress({ family: bytes.length === 4 ? 4 : 6, value: BigInt(`0x${hex}`) });
}

/** A mark, or the result of `numgen`: the kernel keeps these as the processor does (all that we run on: little-endian). */
export function word(value: number): Bytes {
  return String.fromCharCode(
    value & 0xff,
    (value >>> 8) & 0xff,
    (value >>> 16) & 0xff,
    (value >>> 24) & 0xff,
  );
}

export function port(value: number): Bytes {
  return String.fromCharCode(value >>> 8, value & 0xff, 0, 0);
}

export function protocol(name: "tcp" | "udp"): Bytes {
  return String.fromCharCode(name === "tcp" ? 6 : 17, 0, 0, 0);
}

/** Names of interfaces fill sixteen bytes. */
export function linkName(name: string): Bytes {
  return name.padEnd(16, "\0");
}

export function toBytes(bytes: Bytes): Uint8Array {
  return Buffer.from(bytes, "latin1");
}

export function fromBytes(bytes: Uint8Array): Bytes {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** The same in one piece: strings that were put together keep all their parts, several times as much. */
export function compact(bytes: Bytes): Bytes {
  return Buffer.from(bytes, "latin1").toString("latin1");
}

/** The number that {@link word} made. */
export function wordValue(bytes: Bytes): number {
  return Buffer.from(bytes, "latin1").readUInt32LE(0);
}

function bigEndian(value: bigint, length: number): Bytes {
  let text = "";
  for (let shift = BigInt(8 * (length - 1)); shift >= 0n; shift -= 8n) {
    text += String.fromCharCode(Number((value >> shift) & 0xffn));
  }
  return text;
}
