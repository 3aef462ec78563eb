import { setImmediate as nextTurn } from "node:timers/promises";
import { compareSortKeys, type SortKey, type SortSpec, sortKey } from "../query/sort.ts";
import { type DocumentPair, documentKey } from "./document-writer.ts";
import { createScan, decodeDocument, type Scan, type ScanInput } from "./scan.ts";

/** The matches of a query in the order, from the position and up to the number asked for. */
export interface ResultStream {
  /** Up to `count` further results and about `maxBytes`, but at least one unless at the end. */
  next(count: number, maxBytes: number): Promise<DocumentPair[]>;
  readonly isDone: boolean;
}

export interface ResultOptions extends ScanInput {
  sort: SortSpec;
  skip: number;
  /** `Infinity` for no limit. */
  limit: number;
}

/** Keys visited before other connections get a turn. */
const keysPerTurn = 512;

export function createResultStream(options: ResultOptions): ResultStream {
  if (options.sort.length === 0) return unsortedStream(options);
  const direction = directionOfWalk(options);
  return direction === undefined
    ? sortedStream(options)
    : unsortedStream({ ...options, reverse: direction === -1 });
}

/** The keys are in the order that is asked for, so the walk may end at the limit. */
function directionOfWalk({ plan, sort }: ResultOptions): 1 | -1 | undefined {
  const [field] = sort;
  const isOrder = sort.length === 1 && field?.segments.join(".") === plan.orderedBy;
  return isOrder ? field?.direction : undefined;
}

function unsortedStream(options: ResultOptions): ResultStream {
  const scan = createScan(options);
  let toSkip = options.skip;
  let left = options.limit;
  let pending: DocumentPair[] = [];

  const fill = async (count: number): Promise<void> => {
    while (pending.length < count && !scan.isDone) {
      const found = scan.next(Math.min(keysPerTurn, Math.max(16, toSkip + count)));
      pending.push(...found.slice(toSkip));
      toSkip = Math.max(0, toSkip - found.length);
      if (pending.length < count && !scan.isDone) await nextTurn();
    }
  };

  return {
    async next(count, maxBytes) {
      const wanted = Math.min(count, left);
      await fill(wanted);
      const results = pending.slice(0, fitting(pending.slice(0, wanted), maxBytes));
      pending = pending.slice(results.length);
      left -= results.length;
      return results;
    },
    get isDone() {
      return left <= 0 || (scan.isDone && pending.length === 0);
    },
  };
}

/** How many of the first documents fit into a reply; always one, however long it is. */
function fitting(pairs: readonly DocumentPair[], maxBytes: number): number {
  let bytes = 0;
  const end = pairs.findIndex(({ raw }) => {
    bytes += raw.length;
    return bytes > maxBytes;
  });
  return end === -1 ? pairs.length : Math.max(1, end);
}

interface Ranked {
  key: SortKey;
  id: unknown;
}

/**
 * Sorts the keys, not the documents: what waits for the client is the id and the sorted values of
 * each match, and with a limit only the best of them.
 */
function sortedStream(options: ResultOptions): ResultStream {
  const scan = createScan(options);
  let ranked: Ranked[] | undefined;
  let position = options.skip;

  const load = ({ id }: Ranked): DocumentPair | undefined => {
    const raw = options.environment.documents.get(documentKey(options.collection, id));
    return raw && { raw, document: decodeDocument(raw) };
  };

  return {
    async next(count, maxBytes) {
      ranked ??= await rankAll(scan, options);
      const results: DocumentPair[] = [];
      let bytes = 0;
      for (
        let entry = ranked[position];
        entry && results.length < count;
        entry = ranked[position]
      ) {
        const pair = load(entry);
        bytes += pair?.raw.length ?? 0;
        if (bytes > maxBytes && results.length > 0) break;
        position++;
        // Without a pair it was deleted since it was ranked.
        if (pair !== undefined) results.push(pair);
      }
      return results;
    },
    get isDone() {
      return ranked !== undefined && position >= ranked.length;
    },
  };
}

async function rankAll(scan: Scan, { sort, skip, limit }: ResultOptions): Promise<Ranked[]> {
  const keep = skip + limit;
  let ranked: Ranked[] = [];
  while (!scan.isDone) {
    for (const { document } of scan.next(keysPerTurn)) {
      ranked.push({ key: sortKey(document, sort), id: document["_id"] });
    }
    if (ranked.length > 2 * keep) ranked = best(ranked, sort, keep);
    if (!scan.isDone) await nextTurn();
  }
  return best(ranked, sort, keep);
}

function best(ranked: Ranked[], sort: SortSpec, keep: number): Ranked[] {
  // The sort is stable, so equal keys stay in the order of the scan.
  ranked.sort((a, b) => compareSortKeys(a.key, b.key, sort));
  return ranked.slice(0, keep);
}
