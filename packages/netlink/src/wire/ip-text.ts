import { isIPv4, isIPv6 } from "node:net";

/** As the kernel numbers them. */
export const familyV4 = 2;
export const familyV6 = 10;

const parseV4 = (text: string): Buffer => Buffer.from(text.split(".").map(Number));

const parseV6 = (text: string): Buffer => {
  const [head = "", tail] = text.split("::");
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  const bytes = Buffer.alloc(16);
  front.forEach((group, index) => {
    bytes.writeUInt16BE(group, index * 2);
  });
  back.forEach((group, index) => {
    bytes.writeUInt16BE(group, 16 - (back.length - index) * 2);
  });
  return bytes;
};

const groupsOf = (part: string): number[] =>
  part
    .split(":")
    .filter((group) => group !== "")
    .flatMap((group) => {
      if (!group.includes(".")) return [Number.parseInt(group, 16)];
      const four = parseV4(group);
      return [four.readUInt16BE(0), four.readUInt16BE(2)];
    });

/**
 * Four or sixteen bytes in network order.
 * @throws {TypeError} when it is no address
 */
export const parseIp = (text: string): Buffer => {
  if (isIPv4(text)) return parseV4(text);
  if (isIPv6(text) && !text.includes("%")) return parseV6(text);
  throw new TypeError(`no IP address: ${text}`);
};

/** The shortest text of four or sixteen bytes (RFC 5952). */
export const formatIp = (bytes: Uint8Array): string => {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
};

const longestZeros = (groups: readonly string[]): { start: number; length: number } => {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== "0") start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
};

/** An address with the length of its network. */
export interface Prefix {
  family: number;
  bytes: Buffer;
  length: number;
}

/** @throws {TypeError} when it is not `address/length`, with a length that the family allows */
export const parsePrefix = (text: string): Prefix => {
  const [address = "", length = ""] = text.split("/");
  const bytes = parseIp(address);
  const bits = Number(length);
  if (!/^\d{1,3}$/.test(length) || bits > bytes.length * 8)
    throw new TypeError(`no prefix: ${text}`);
  return { family: familyOf(bytes), bytes, length: bits };
};

export const familyOf = (bytes: Uint8Array): number => (bytes.length === 4 ? familyV4 : familyV6);

/** @throws {TypeError} when it isn't `02:00:0a:12:00:40` */
export const parseMac = (text: string): Buffer => {
  if (!/^[\da-f]{2}(:[\da-f]{2}){5}$/i.test(text)) throw new TypeError(`no MAC address: ${text}`);
  return Buffer.from(text.replaceAll(":", ""), "hex");
};

export const formatMac = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
