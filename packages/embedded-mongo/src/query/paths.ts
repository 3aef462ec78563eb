import { getOwn, isDocument } from "../document.ts";
import { badValue } from "../errors.ts";

const arrayIndex = /^(?:0|[1-9]\d*)$/;

export const isArrayIndex = (segment: string): boolean => arrayIndex.test(segment);

/**
 * Splits a dotted field path.
 *
 * @throws CommandError BadValue for an empty segment and for `__proto__`
 */
export function splitPath(path: string): readonly string[] {
  const segments = path.split(".");
  if (segments.includes("")) throw badValue(`field path '${path}' has an empty part`);
  if (segments.includes("__proto__")) throw badValue(`field path '${path}' is not allowed`);
  return segments;
}

/**
 * All values that a path reaches in a document. Arrays on the way are entered one level deep, as
 * MongoDB does: each sub-document of the array is followed, and so is an index if the path names
 * one. A missing field yields `undefined`; an array without sub-documents yields nothing.
 */
export function leavesAt(root: unknown, segments: readonly string[]): unknown[] {
  const leaves: unknown[] = [];
  collect(root, segments, 0, leaves);
  return leaves;
}

function collect(
  value: unknown,
  segments: readonly string[],
  depth: number,
  leaves: unknown[],
): void {
  const segment = segments[depth];
  if (segment === undefined) {
    leaves.push(value);
  } else if (isDocument(value)) {
    collect(getOwn(value, segment), segments, depth + 1, leaves);
  } else if (Array.isArray(value)) {
    if (isArrayIndex(segment) && Number(segment) < value.length) {
      collect(value[Number(segment)], segments, depth + 1, leaves);
    }
    for (const item of value) {
      if (isDocument(item)) collect(item, segments, depth, leaves);
    }
  } else {
    leaves.push(undefined);
  }
}

/** The leaves, and the items of those that are arrays: what an equality or a range looks at. */
export function candidatesAt(root: unknown, segments: readonly string[]): unknown[] {
  const leaves = leavesAt(root, segments);
  return leaves.some(Array.isArray)
    ? leaves.flatMap((leaf) => (Array.isArray(leaf) ? [leaf, ...leaf] : [leaf]))
    : leaves;
}
