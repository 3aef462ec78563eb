import type { ChangeFeed } from "@oak/kit";
import { type AnyBulkWriteOperation, MongoBulkWriteError, type UpdateFilter } from "mongodb";
import type { CandidateChange } from "../domain/candidate-body.ts";
import type { CandidateStore } from "../ports.ts";
import type { CandidateMemory } from "./candidate-memory.ts";
import { chartPush } from "./chart-push.ts";
import type { CandidateDocument, GetCollections } from "./collections.ts";

export function updateOf({
  fields,
  points,
  movesRev,
}: CandidateChange): UpdateFilter<CandidateDocument> {
  return {
    $set: fields,
    ...(movesRev ? { $inc: { rev: 1 } } : {}),
    ...chartPush(points),
  };
}

export interface BulkUpdateDeps {
  collections: GetCollections;
  feed: Pick<ChangeFeed, "touch">;
  memory: Pick<CandidateMemory, "forget">;
}

/** One operation for all, and a second one only when some of them are not there. */
export function createBulkUpdate({
  collections,
  feed,
  memory,
}: BulkUpdateDeps): CandidateStore["updateAll"] {
  const candidates = () => collections().candidates;

  /** The ids that the database refused to change; the others are done. */
  const write = async (changes: ReadonlyMap<string, CandidateChange>) => {
    const ids = [...changes.keys()];
    const operations = [...changes].map(
      ([_id, change]): AnyBulkWriteOperation<CandidateDocument> => ({
        updateOne: { filter: { _id }, update: updateOf(change) },
      }),
    );
    try {
      const { matchedCount } = await candidates().bulkWrite(operations, { ordered: false });
      return { refused: [], isComplete: matchedCount === ids.length };
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError)) throw error;
      const refused = [error.writeErrors].flat().flatMap(({ index }) => ids[index] ?? []);
      if (refused.length === 0) throw error;
      return { refused, isComplete: false };
    }
  };

  const existing = async (ids: readonly string[]): Promise<string[]> => {
    const found = candidates().find({ _id: { $in: [...ids] } }, { projection: { _id: 1 } });
    return (await found.toArray()).map(({ _id }) => _id);
  };

  return async (changes) => {
    if (changes.size === 0) return new Set();
    // Also of a write whose outcome is unknown: looking for nothing costs less than missing something.
    let touched: Iterable<string> = changes.keys();
    try {
      const { refused, isComplete } = await write(changes);
      if (isComplete) return new Set(changes.keys());
      const stored = new Set(await existing([...changes.keys()]));
      for (const id of refused) stored.delete(id);
      touched = stored;
      return stored;
    } finally {
      // A copy of the version before is of no use any more; load alone leaves the version, and the copy is good.
      for (const [id, { movesRev }] of changes) if (movesRev) memory.forget(id);
      for (const id of touched) feed.touch(id);
    }
  };
}
