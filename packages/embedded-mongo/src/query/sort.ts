import { type BsonDocument, isDocument } from "../document.ts";
import { badValue } from "../errors.ts";
import { compareValues } from "../values/compare-values.ts";
import { candidatesAt, splitPath } from "./paths.ts";

/** One field of a sort: where to look, and `1` for ascending or `-1` for descending. */
interface SortField {
  segments: readonly string[];
  direction: 1 | -1;
}

export type SortSpec = readonly SortField[];
export type SortKey = readonly unknown[];

/** @throws CommandError BadValue unless every direction is 1 or -1 */
export function parseSort(spec: unknown): SortSpec {
  if (spec === undefined || spec === null) return [];
  if (!isDocument(spec)) throw badValue("sort needs a document");
  return Object.entries(spec).map(([path, direction]) => {
    if (direction !== 1 && direction !== -1) {
      throw badValue(`sort by '${path}' needs 1 or -1`);
    }
    return { segments: splitPath(path), direction };
  });
}

/** The values by which a document is sorted: of an array its lowest or its highest item. */
export function sortKey(document: BsonDocument, spec: SortSpec): SortKey {
  return spec.map(({ segments, direction }) => {
    const values = candidatesAt(document, segments).filter((value) => !Array.isArray(value));
    return values.reduce(
      (best, value) => (compareValues(value, best) * direction < 0 ? value : best),
      values[0],
    );
  });
}

export function compareSortKeys(a: SortKey, b: SortKey, spec: SortSpec): number {
  for (const [i, { direction }] of spec.entries()) {
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return order * direction;
  }
  return 0;
}
