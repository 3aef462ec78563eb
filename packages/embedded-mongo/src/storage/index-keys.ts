import type { BsonDocument } from "../document.ts";
import { CommandError } from "../errors.ts";
import { candidatesAt } from "../query/paths.ts";
import { encodeKey } from "../values/key-encoding.ts";
import { encodeId, type IndexInfo } from "./catalog.ts";

export interface IndexKeys {
  /** Index id and encoded values, without the document's id at the end. */
  prefixes: readonly Buffer[];
  /** The values behind each prefix, for the message about a duplicate. */
  values: readonly (readonly unknown[])[];
  isMultikey: boolean;
}

/**
 * The keys under which an index finds a document: one for each combination of the values that its
 * fields reach. A field without a value counts as null, so that the other fields still find it.
 */
export function indexKeysOf(index: IndexInfo, document: BsonDocument): IndexKeys {
  const perField = index.fields.map((field) => valuesToIndex(document, field.segments));
  if (index.sparse && perField.every(isAbsent)) {
    return { prefixes: [], values: [], isMultikey: false };
  }
  if (perField.filter((values) => values.length > 1).length > 1) {
    const paths = index.fields.map((field) => field.path).join(", ");
    throw new CommandError(
      "CannotIndexParallelArrays",
      `cannot index parallel arrays: more than one of [${paths}] holds an array`,
    );
  }
  const values = perField.reduce<unknown[][]>(
    (combinations, fieldValues) =>
      combinations.flatMap((combination) => fieldValues.map((value) => [...combination, value])),
    [[]],
  );
  const id = encodeId(index.id);
  const prefixes = values.map((combination) => Buffer.concat([id, ...combination.map(encodeKey)]));
  return { prefixes, values, isMultikey: prefixes.length > 1 };
}

function valuesToIndex(document: BsonDocument, segments: readonly string[]): unknown[] {
  const values = candidatesAt(document, segments);
  if (values.length <= 1) return values.length === 0 ? [undefined] : values;
  const byKey = new Map(values.map((value) => [encodeKey(value).toString("latin1"), value]));
  return [...byKey.values()];
}

const isAbsent = (values: readonly unknown[]): boolean =>
  values.every((value) => value === undefined);
