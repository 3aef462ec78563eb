/** An address as a number: what pools count with. */
export interface Address {
  family: 4 | 6;
  value: bigint;
}

/** Reads an address in any of its spellings; undefined for whatever is none (zones included). */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(":")) {
    const value = parseV4(text);
    return value === undefined ? undefined : { family: 4, value };
  }
  const value = parseV6(text);
  return value === undefined ? undefined : { family: 6, value };
}

/** The one spelling that is stored and sent: dotted, or as RFC 5952 has it. */
export function formatAddress({ family, value }: Address): string {
  return family === 4 ? octetsOf(value).join(".") : formatV6(value);
}

/** The four numbers of an IPv4 address. */
export function octetsOf(value: bigint): [number, number, number, number] {
  const number = Number(value);
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
}

/** Bit patterns of known addresses, for tables in code. Throws RangeError for what is no address. */
export function addressValue(text: string): bigint {
  const address = parseAddress(text);
  if (address === undefined) throw new RangeError(`${text} is not an address`);
  return address.value;
}

/** Whether the first `length` bits of both are the same. */
export function isInside(address: Address, prefix: Address & { length: number }): boolean {
  if (address.family !== prefix.family) return false;
  const rest = BigInt((prefix.family === 4 ? 32 : 128) - prefix.length);
  return address.value >> rest === prefix.value >> rest;
}

const octet = /^(0|[1-9]\d{0,2})$/;

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".");
  const isGood = parts.every((part) => octet.test(part) && Number(part) <= 255);
  if (parts.length !== 4 || !isGood) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

const groupCount = 8;

function parseV6(text: string): bigint | undefined {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return undefined;
  const before = readGroups(head, tail === undefined);
  const after = readGroups(tail ?? "", true);
  if (before === undefined || after === undefined) return undefined;
  const missing = groupCount - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array.from({ length: missing }, () => 0n), ...after];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** Groups of one side of `::`; a dotted IPv4 address may stand at the very end. */
function readGroups(text: string, isEnd: boolean): bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(BigInt(`0x${part}`));
      continue;
    }
    const v4 = isEnd && index === parts.length - 1 ? parseV4(part) : undefined;
    if (v4 === undefined) return undefined;
    groups.push(v4 >> 16n, v4 & 0xffffn);
  }
  return groups;
}

function formatV6(value: bigint): string {
  const groups = Array.from({ length: groupCount }, (_, index) =>
    Number((value >> BigInt(16 * (groupCount - 1 - index))) & 0xffffn),
  );
  const run = longestZeroRun(groups);
  const hex = (part: readonly number[]): string =>
    part.map((group) => group.toString(16)).join(":");
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

/** The first of the longest, as RFC 5952 says. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
