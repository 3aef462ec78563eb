const headerBytes = 16;
const nestedFlag = 0x8000;
/** Attributes count their own bytes in sixteen bits. */
const maxAttributeBytes = 0xffff;

const padded = (length: number): number => (length + 3) & ~3;

/** The family's own fixed part, written before the attributes. */
export type Fill = (writer: MessageWriter) => void;

/**
 * Writes netlink messages one behind the other: a header, a fixed part of the family, attributes within attributes. Host
 * order is little-endian on everything that this project runs on; what the kernel wants in network order says so (`Be`).
 */
export class MessageWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity = 4096) {
    this.#buffer = Buffer.alloc(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far; a view, valid until the next write. */
  written(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  reset(): void {
    this.#length = 0;
  }

  message(header: { type: number; flags: number; sequence: number }, fill: Fill): void {
    const start = this.#length;
    this.#reserve(headerBytes);
    this.#buffer.writeUInt16LE(header.type, start + 4);
    this.#buffer.writeUInt16LE(header.flags, start + 6);
    this.#buffer.writeUInt32LE(header.sequence, start + 8);
    fill(this);
    this.#buffer.writeUInt32LE(this.#length - start, start);
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#buffer.writeUInt16LE(value, at);
  }

  u16Be(value: number): void {
    const at = this.#reserve(2);
    this.#buffer.writeUInt16BE(value, at);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeUInt32LE(value >>> 0, at);
  }

  attribute(type: number, value: Uint8Array): void {
    const at = this.#attributeHeader(type, value.length);
    this.#buffer.set(value, at);
  }

  attributeU8(type: number, value: number): void {
    const at = this.#attributeHeader(type, 1);
    this.#buffer[at] = value;
  }

  attributeU16Be(type: number, value: number): void {
    const at = this.#attributeHeader(type, 2);
    this.#buffer.writeUInt16BE(value, at);
  }

  attributeU32(type: number, value: number): void {
    const at = this.#attributeHeader(type, 4);
    this.#buffer.writeUInt32LE(value >>> 0, at);
  }

  attributeU32Be(type: number, value: number): void {
    const at = this.#attributeHeader(type, 4);
    this.#buffer.writeUInt32BE(value >>> 0, at);
  }

  attributeU64Be(type: number, value: number): void {
    const at = this.#attributeHeader(type, 8);
    this.#buffer.writeBigUInt64BE(BigInt(value), at);
  }

  /** With the zero at its end that the kernel expects. */
  attributeText(type: number, value: string): void {
    this.attribute(type, Buffer.from(`${value}\0`));
  }

  /** @throws {RangeError} when what `fill` wrote is longer than an attribute can say */
  nested(type: number, fill: () => void): void {
    const start = this.#length;
    this.#reserve(4);
    fill();
    const length = this.#length - start;
    if (length > maxAttributeBytes) throw new RangeError(`netlink attribute of ${length} bytes`);
    this.#buffer.writeUInt16LE(length, start);
    this.#buffer.writeUInt16LE(type | nestedFlag, start + 2);
  }

  /** Room for an attribute with its padding; answers where its value goes. */
  #attributeHeader(type: number, length: number): number {
    if (length + 4 > maxAttributeBytes)
      throw new RangeError(`netlink attribute of ${length} bytes`);
    const at = this.#reserve(4 + padded(length));
    this.#buffer.writeUInt16LE(length + 4, at);
    this.#buffer.writeUInt16LE(type, at + 2);
    return at + 4;
  }

  /** Zeroed, since the buffer is used again. */
  #reserve(bytes: number): number {
    const at = this.#length;
    const end = at + bytes;
    if (end > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(end, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    this.#buffer.fill(0, at, end);
    this.#length = end;
    return at;
  }
}
