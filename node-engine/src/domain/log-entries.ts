/** Something that a workload printed at one moment: mostly a line with its end, or a part of a long one. */
export interface LogEntry {
  /** RFC 3339 in UTC with nine digits of a second, so that two can be compared as texts. */
  at: string;
  /** As it was printed, whatever the bytes are. */
  bytes: Buffer;
}

/** How far the log of one workload has been read: parts of a long line share one time. */
export interface LogPlace {
  at: string;
  /** entries of this very time that were read */
  count: number;
}

/** Leaves out what was read before, and moves the place. */
export async function* entriesAfter(
  place: LogPlace,
  entries: AsyncIterable<LogEntry>,
): AsyncGenerator<LogEntry> {
  const { at: from } = place;
  let toSkip = place.count;
  for await (const entry of entries) {
    // What a workload prints on two ways at once may come a little out of order; only what is older than all is known.
    if (entry.at < from) continue;
    if (entry.at === from && toSkip > 0) {
      toSkip -= 1;
      continue;
    }
    if (entry.at > place.at) {
      place.at = entry.at;
      place.count = 0;
    }
    if (entry.at === place.at) place.count += 1;
    yield entry;
  }
}

/** A line that is longer is broken: whoever reads lines must not have to keep megabytes. */
const longestLine = 64 * 1024;
const newline = 0x0a;
const lineEnd = Buffer.from("\n");

/** Entries as whole lines of text, each behind its time if that is wanted. The bytes stay as they are. */
export async function* linesOf(
  entries: AsyncIterable<LogEntry>,
  { timestamps }: { timestamps: boolean },
): AsyncGenerator<Buffer> {
  /** of the line that has begun */
  let lineBytes = 0;
  for await (const { at, bytes } of entries) {
    const parts: Buffer[] = [];
    for (let start = 0; start < bytes.length; ) {
      if (timestamps && lineBytes === 0) parts.push(Buffer.from(`${at} `));
      const piece = bytes.subarray(start, endOfPiece(bytes, start, longestLine - lineBytes));
      parts.push(piece);
      start += piece.length;
      lineBytes = piece[piece.length - 1] === newline ? 0 : lineBytes + piece.length;
      if (lineBytes < longestLine) continue;
      parts.push(lineEnd);
      lineBytes = 0;
    }
    yield Buffer.concat(parts);
  }
}

/** Behind the next line end, or as far as there is room. */
function endOfPiece(bytes: Buffer, start: number, room: number): number {
  const found = bytes.indexOf(newline, start);
  return Math.min(found === -1 ? bytes.length : found + 1, start + room);
}

/** A moment as entries have it. */
export function logTime(ms: number): string {
  const micros = Math.round(ms * 1_000);
  const fraction = String(((micros % 1_000_000) + 1_000_000) % 1_000_000).padStart(6, "0");
  return `${new Date(Math.floor(micros / 1_000_000) * 1_000).toISOString().slice(0, 19)}.${fraction}000Z`;
}
