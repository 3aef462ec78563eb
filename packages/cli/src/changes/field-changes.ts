import type { Doc } from "../api/answers.ts";

/** One value that differs between two documents. */
export interface FieldChange {
  /** JSON pointer */
  path: string;
  /** Absent: it was not there. */
  from?: unknown;
  to?: unknown;
}

/** What leads from one document to another: whole values of lists, single fields of objects. */
export function fieldChanges(from: Doc, to: Doc, at = ""): FieldChange[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted();
  return names.flatMap((name) => {
    const path = `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const [before, after] = [from[name], to[name]];
    if (isObject(before) && isObject(after)) return fieldChanges(before, after, path);
    if (isEqual(before, after)) return [];
    return [
      {
        path,
        ...(before !== undefined && { from: before }),
        ...(after !== undefined && { to: after }),
      },
    ];
  });
}

function isObject(value: unknown): value is Doc {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEqual(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, at) => isEqual(item, other[at]));
  }
  if (isObject(one) && isObject(other)) return fieldChanges(one, other).length === 0;
  return Object.is(one, other);
}
