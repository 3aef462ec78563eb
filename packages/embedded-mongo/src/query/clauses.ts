import { type BsonDocument, isDocument } from "../document.ts";

/** A condition on one path. */
export type Clause = readonly [path: string, condition: unknown];

/** The conditions that every match has to meet: the fields of a filter, also inside `$and`. */
export function necessaryClauses(filter: BsonDocument): Clause[] {
  return Object.entries(filter).flatMap(([name, condition]): Clause[] => {
    if (name === "$and" && Array.isArray(condition)) {
      return condition.filter(isDocument).flatMap(necessaryClauses);
    }
    return name.startsWith("$") ? [] : [[name, condition]];
  });
}

/** Whether a condition consists of operators rather than being a value to compare with. */
export function isOperatorDocument(condition: unknown): condition is BsonDocument {
  return isDocument(condition) && Object.keys(condition).some((key) => key.startsWith("$"));
}
