import { Transform, type TransformCallback } from "node:stream";
import { type Clock, systemClock } from "../clock.ts";

/*
 * How an answer travels: pieces, each behind four bytes that hold its length. An empty piece says "still here", so
 * that a connection that died in silence is noticed while nothing is printed. `endMark` in place of a length says that
 * this was all: without it the answer was cut off, whatever a proxy in between made of the end of the connection.
 */

const headerBytes = 4;
const endMark = 0xffff_ffff;
/** Writers stay below; whoever announces more sends something else than frames. */
const largestFrame = 1024 * 1024;
const mostWaitingBytes = 64 * 1024;
const keepAlive = Buffer.alloc(headerBytes);

/** Why a stream was ended by us. */
export class StreamEnded extends Error {
  readonly reason: "cut" | "malformed" | "silent" | "stalled" | "too_large";

  constructor(reason: StreamEnded["reason"], message: string) {
    super(message);
    this.name = "StreamEnded";
    this.reason = reason;
  }
}

export interface FrameTiming {
  /** The writer says this often that it is there; milliseconds. */
  keepAliveMs?: number;
  /** A writer that says nothing for so long is gone. */
  idleMs?: number;
  /** A reader that takes nothing for so long is given up. */
  stallMs?: number;
  clock?: Clock;
}

const defaults = { keepAliveMs: 10_000, idleMs: 35_000, stallMs: 120_000, clock: systemClock };

/** Bytes in, frames out. */
export function createFrameWriter(timing: FrameTiming = {}): Transform {
  const { keepAliveMs, stallMs, clock } = { ...defaults, ...timing };
  const progress = { count: 0 };
  const writer = new Transform({
    highWaterMark: mostWaitingBytes,
    transform(chunk: Buffer, _encoding, done) {
      progress.count += 1;
      for (let start = 0; start < chunk.length; start += largestFrame) {
        const piece = chunk.subarray(start, start + largestFrame);
        this.push(Buffer.concat([headerOf(piece.length), piece]));
      }
      done();
    },
    flush(done) {
      done(null, headerOf(endMark));
    },
  });
  return watched(writer, { everyMs: keepAliveMs, stallMs, clock, progress }, () => {
    // What waits says as much.
    if (writer.readableLength === 0 && !writer.writableFinished) writer.push(keepAlive);
  });
}

export interface FrameReaderOptions extends FrameTiming {
  /** Of the answer without its frames. */
  maxBytes: number;
}

/** Frames in, bytes out; fails with StreamEnded. */
export function createFrameReader(options: FrameReaderOptions): Transform {
  const { idleMs, stallMs, clock } = { ...defaults, ...options };
  const parser = createParser(options.maxBytes);
  const progress = { count: 0 };
  let heardAtMs = clock.monotonicMs();
  const reader = new Transform({
    highWaterMark: mostWaitingBytes,
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      progress.count += 1;
      heardAtMs = clock.monotonicMs();
      done(parser.take(chunk, (piece) => this.push(piece)));
    },
    flush(done) {
      done(parser.isEnded() ? null : new StreamEnded("cut", "The answer was cut off"));
    },
  });
  return watched(reader, { everyMs: idleMs / 4, stallMs, clock, progress }, (isBlocked) => {
    // While the reader takes nothing nobody is listened to.
    if (isBlocked) heardAtMs = clock.monotonicMs();
    else if (clock.monotonicMs() - heardAtMs > idleMs) {
      reader.destroy(new StreamEnded("silent", "The other side fell silent"));
    }
  });
}

interface Watch {
  everyMs: number;
  stallMs: number;
  clock: Clock;
  /** Counts the chunks that came in: they do only once what was before has been read. */
  progress: { readonly count: number };
}

/** Looks at a stream again and again until it closes, and ends it when nobody reads it. */
function watched(
  stream: Transform,
  { everyMs, stallMs, clock, progress }: Watch,
  look: (isBlocked: boolean) => void,
): Transform {
  let blockedSinceMs: number | undefined;
  let seen = 0;
  const check = (): void => {
    const nowMs = clock.monotonicMs();
    const isBlocked = stream.readableLength >= stream.readableHighWaterMark;
    // Full at each look it is also behind a reader that is slow, and reads.
    if (!isBlocked || progress.count !== seen) blockedSinceMs = undefined;
    else blockedSinceMs ??= nowMs;
    seen = progress.count;
    if (blockedSinceMs !== undefined && nowMs - blockedSinceMs > stallMs) {
      stream.destroy(new StreamEnded("stalled", "Nobody reads the answer"));
      return;
    }
    look(isBlocked);
    if (!stream.destroyed) cancel = clock.setTimer(everyMs, check);
  };
  let cancel = clock.setTimer(everyMs, check);
  stream.once("close", () => cancel());
  return stream;
}

function createParser(maxBytes: number) {
  let header = Buffer.alloc(0);
  let left = 0;
  let taken = 0;
  let isEnded = false;

  /** Reads a length; what it did not need of the chunk is answered. */
  const takeHeader = (chunk: Buffer): Buffer | StreamEnded => {
    const missing = headerBytes - header.length;
    header = Buffer.concat([header, chunk.subarray(0, missing)]);
    if (header.length === headerBytes) {
      const length = header.readUInt32BE(0);
      header = Buffer.alloc(0);
      if (length === endMark) isEnded = true;
      else if (length > largestFrame) return new StreamEnded("malformed", "These are no frames");
      else left = length;
    }
    return chunk.subarray(missing);
  };

  const take = (chunk: Buffer, push: (piece: Buffer) => void): StreamEnded | null => {
    let rest = chunk;
    while (rest.length > 0) {
      if (isEnded) return new StreamEnded("malformed", "There is something after the end");
      if (left === 0) {
        const after = takeHeader(rest);
        if (after instanceof StreamEnded) return after;
        rest = after;
        continue;
      }
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      taken += piece.length;
      if (taken > maxBytes) return new StreamEnded("too_large", "The answer is too large");
      push(piece);
    }
    return null;
  };
  return { take, isEnded: () => isEnded };
}

function headerOf(length: number): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt32BE(length, 0);
  return header;
}
