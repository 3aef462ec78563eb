import type { BsonDocument } from "../document.ts";
import { isOperatorDocument, necessaryClauses } from "../query/clauses.ts";
import { splitPath } from "../query/paths.ts";
import { findSlot } from "./field-slot.ts";

/**
 * The document that an upsert starts from: the equalities of its filter. Every other condition
 * says nothing about the values of a new document.
 */
export function seedFromFilter(filter: BsonDocument): BsonDocument {
  const seed: BsonDocument = {};
  for (const [path, condition] of necessaryClauses(filter)) {
    if (!isOperatorDocument(condition)) {
      findSlot(seed, splitPath(path), true)?.write(condition);
    } else if (Object.hasOwn(condition, "$eq")) {
      findSlot(seed, splitPath(path), true)?.write(condition["$eq"]);
    }
  }
  return seed;
}
