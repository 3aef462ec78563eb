import { deserialize } from "bson";
import type { BsonDocument } from "../document.ts";
import type { Filter } from "../query/filter.ts";
import { type CollectionInfo, encodeId } from "./catalog.ts";
import type { DocumentPair } from "./document-writer.ts";
import type { Environment, KeyRange } from "./environment.ts";
import type { QueryPlan } from "./query-plan.ts";

/** A walk over the documents of a plan that can be left and taken up again at any key. */
export interface Scan {
  /**
   * Visits up to `budget` keys and returns those documents that match, in the order of the keys.
   * No database cursor stays open in between, so a paused scan costs nothing and holds no snapshot.
   */
  next(budget: number): DocumentPair[];
  readonly isDone: boolean;
  readonly keysExamined: number;
  readonly documentsExamined: number;
}

export interface ScanInput {
  environment: Environment;
  collection: CollectionInfo;
  plan: QueryPlan;
  filter: Filter;
  /** Visits the keys from the last to the first; for plans of one range. */
  reverse?: boolean;
}

/** For reading: numbers as JavaScript has them. */
export const decodeDocument = (raw: Uint8Array): BsonDocument => deserialize(raw);

/** For writing back: every number keeps the width that it is stored with. */
export const decodeExactly = (raw: Uint8Array): BsonDocument =>
  deserialize(raw, { promoteValues: false, promoteLongs: false });

export function createScan(input: ScanInput): Scan {
  const { environment, collection, plan, filter, reverse = false } = input;
  const { index, ranges } = plan;
  const seen = plan.needsDistinct ? new Set<string>() : undefined;
  const collectionPrefix = encodeId(collection.id);
  let rangeIndex = 0;
  let resumeAfter: Buffer | undefined;
  let keysExamined = 0;
  let documentsExamined = 0;

  const load = (value: Buffer): Buffer | undefined => {
    if (index === undefined) return value;
    const id = value.toString("latin1");
    if (seen?.has(id)) return undefined;
    seen?.add(id);
    return environment.documents.get(Buffer.concat([collectionPrefix, value]));
  };

  const remaining = (range: KeyRange): KeyRange => {
    if (resumeAfter === undefined) return { ...range, reverse };
    return reverse
      ? { ...range, end: resumeAfter, reverse }
      : { ...range, start: resumeAfter, exclusiveStart: true };
  };

  const visitRange = (range: KeyRange, budget: number, matches: DocumentPair[]): number => {
    const table = index === undefined ? environment.documents : environment.indexes;
    const entries = table.entries(remaining(range));
    let visited = 0;
    for (const { key, value } of entries) {
      visited++;
      keysExamined++;
      const raw = load(value);
      if (raw !== undefined) {
        documentsExamined++;
        const document = decodeDocument(raw);
        if (filter(document)) matches.push({ raw, document });
      }
      resumeAfter = key;
      if (visited >= budget) return visited;
    }
    rangeIndex++;
    resumeAfter = undefined;
    return visited;
  };

  return {
    next(budget) {
      const matches: DocumentPair[] = [];
      let left = budget;
      for (let range = ranges[rangeIndex]; range && left > 0; range = ranges[rangeIndex]) {
        // An empty range is charged too, so that thousands of point look-ups stay bounded.
        left -= Math.max(1, visitRange(range, left, matches));
      }
      return matches;
    },
    get isDone() {
      return rangeIndex >= ranges.length;
    },
    get keysExamined() {
      return keysExamined;
    },
    get documentsExamined() {
      return documentsExamined;
    },
  };
}

/** Visits all matches at once; for use inside a write transaction. `visit` returns false to stop. */
export function visitMatches(input: ScanInput, visit: (match: DocumentPair) => boolean): void {
  const scan = createScan(input);
  // Small steps first, because the first match often ends it.
  for (let budget = 16; !scan.isDone; budget = Math.min(budget * 2, 1024)) {
    for (const match of scan.next(budget)) if (!visit(match)) return;
  }
}
