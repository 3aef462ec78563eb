import { Buffer } from "node:buffer";

/** One entry of an archive made by {@link createTar}. */
export interface TarEntry {
  /** Path inside the archive, without a leading slash; at most 100 bytes. */
  path: string;
  /** A file has `content`, a link has `linkTo`, a directory neither. */
  content?: Buffer | string;
  linkTo?: string;
  /** Permission bits; by default 0755 for everything. */
  mode?: number;
}

const blockSize = 512;
const typeFlags = { file: "0", link: "2", directory: "5" } as const;

/** Packs entries into a ustar archive in memory, in the given order. Owner is root, time is the epoch. */
export function createTar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? "");
    return [header(entry, content.length), content, padding(content.length)];
  });
  // Two empty blocks end an archive.
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]);
}

function header(entry: TarEntry, size: number): Buffer {
  if (Buffer.byteLength(entry.path) > 100) throw new RangeError(`${entry.path}: path too long`);
  const block = Buffer.alloc(blockSize);
  block.write(entry.path, 0);
  block.write(octal(entry.mode ?? 0o755, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(typeFlags[kindOf(entry)], 156);
  block.write(entry.linkTo ?? "", 157);
  block.write("ustar\u000000", 257);
  // The checksum counts its own field as spaces.
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)}\0 `, 148);
  return block;
}

function kindOf(entry: TarEntry): keyof typeof typeFlags {
  if (entry.linkTo !== undefined) return "link";
  return entry.content === undefined ? "directory" : "file";
}

/** A number as tar writes it: octal digits that leave room for one closing NUL in `width`. */
function octal(value: number, width: number): string {
  return value.toString(8).padStart(width - 1, "0");
}

function padding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize);
}
