/** Without the bits that say "nested" and "network order". */
const typeMask = 0x3fff;

/**
 * Calls `visit` with the type and the bounds of the value of each attribute. Ends quietly where the bytes stop making
 * sense: what the kernel sent whole is read whole.
 */
export const forEachAttribute = (
  bytes: Buffer,
  range: { from: number; to: number },
  visit: (type: number, from: number, to: number) => void,
): void => {
  let at = range.from;
  while (at + 4 <= range.to) {
    const length = bytes.readUInt16LE(at);
    if (length < 4 || at + length > range.to) return;
    visit(bytes.readUInt16LE(at + 2) & typeMask, at + 4, at + length);
    at += (length + 3) & ~3;
  }
};

/** Values by type; views of `bytes`. Of attributes that repeat, the last. */
export const readAttributes = (bytes: Buffer, from = 0): Map<number, Buffer> => {
  const found = new Map<number, Buffer>();
  forEachAttribute(bytes, { from, to: bytes.length }, (type, start, end) => {
    found.set(type, bytes.subarray(start, end));
  });
  return found;
};

/** The attributes within one; empty when it isn't there. */
export const readNested = (
  attributes: ReadonlyMap<number, Buffer>,
  type: number,
): Map<number, Buffer> => {
  const bytes = attributes.get(type);
  return bytes === undefined ? new Map() : readAttributes(bytes);
};

/** Without the zero at its end. */
export const readText = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
};
