import { randomInt } from "node:crypto";
import { serialize } from "bson";
import { CommandError } from "../errors.ts";
import type { Projection } from "../query/projection.ts";
import type { ResultStream } from "../storage/result-stream.ts";
import { decodeExactly } from "../storage/scan.ts";
import { encodeCursorReply } from "../wire/reply.ts";

/** Results that wait for the client to ask for more. */
export interface OpenCursor {
  namespace: string;
  results: ResultStream;
  projection: Projection | undefined;
}

export interface Cursors {
  /** Takes the first batch; what is left stays open under an id. */
  open(cursor: OpenCursor, batchSize: number, keepOpen: boolean): Promise<Uint8Array>;
  /** @throws CommandError CursorNotFound */
  more(id: number, namespace: string, batchSize: number): Promise<Uint8Array>;
  kill(id: number): boolean;
  /** Closes what has not been used for a while. */
  reap(): void;
  clear(): void;
  readonly count: number;
}

export interface CursorLimits {
  /** MongoDB's own limit is ten minutes, too. */
  idleMs: number;
  /** Beyond it the least recently used cursor is closed. */
  maxOpen: number;
  now: () => number;
}

/** Documents of one reply, so that it stays within MongoDB's 16 MB for a message's document. */
const maxBatchBytes = 16 * 1024 * 1024;

export function createCursors({ idleMs, maxOpen, now }: CursorLimits): Cursors {
  /** In the order of last use: a cursor that is used is put in anew. */
  const cursors = new Map<number, OpenCursor & { usedAt: number }>();

  const keep = (id: number, cursor: OpenCursor): void => {
    cursors.set(id, { ...cursor, usedAt: now() });
    const oldest = cursors.keys().next();
    if (cursors.size > maxOpen && !oldest.done) cursors.delete(oldest.value);
  };
  const nextBatch = async (
    cursor: OpenCursor,
    batchSize: number,
  ): Promise<readonly Uint8Array[]> => {
    const { results, projection } = cursor;
    const pairs = await results.next(batchSize, maxBatchBytes);
    return projection === undefined
      ? pairs.map((pair) => pair.raw)
      : pairs.map((pair) => serialize(projection(decodeExactly(pair.raw))));
  };

  return {
    async open(cursor, batchSize, keepOpen) {
      const documents = await nextBatch(cursor, batchSize);
      const isOpen = keepOpen && !cursor.results.isDone;
      const id = isOpen ? newId(cursors) : 0;
      if (isOpen) keep(id, cursor);
      const { namespace } = cursor;
      const cursorId = BigInt(id);
      return encodeCursorReply({ cursorId, namespace, batchName: "firstBatch", documents });
    },
    async more(id, namespace, batchSize) {
      const cursor = cursors.get(id);
      if (cursor === undefined || cursor.namespace !== namespace) {
        throw new CommandError("CursorNotFound", `cursor id ${id} not found`);
      }
      // Out of the map while it works: two batches of one cursor at a time would share results.
      cursors.delete(id);
      const documents = await nextBatch(cursor, batchSize);
      if (!cursor.results.isDone) keep(id, cursor);
      const cursorId = BigInt(cursor.results.isDone ? 0 : id);
      return encodeCursorReply({ cursorId, namespace, batchName: "nextBatch", documents });
    },
    kill: (id) => cursors.delete(id),
    reap() {
      for (const [id, cursor] of cursors) {
        if (now() - cursor.usedAt > idleMs) cursors.delete(id);
      }
    },
    clear: () => cursors.clear(),
    get count() {
      return cursors.size;
    },
  };
}

/** Not guessable from another connection's cursors, and exact as a JavaScript number. */
function newId(taken: ReadonlyMap<number, unknown>): number {
  for (;;) {
    const id = randomInt(1, 2 ** 47);
    if (!taken.has(id)) return id;
  }
}
