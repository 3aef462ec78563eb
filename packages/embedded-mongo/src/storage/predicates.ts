import type { BsonDocument } from "../document.ts";
import { isOperatorDocument, necessaryClauses } from "../query/clauses.ts";
import { rankOf, typeRank } from "../values/type-rank.ts";

/** Values of which one must be reached by the path. */
export interface Points {
  kind: "points";
  values: readonly unknown[];
}

/** One end of a range; the other end is the end of the operand's type. */
export interface Limit {
  kind: "limit";
  operator: "$gt" | "$gte" | "$lt" | "$lte";
  value: unknown;
}

export type Predicate = Points | Limit;

/**
 * What a filter demands of single paths, as far as an index can use it. Everything found here must
 * hold for every matching document; what is left out is checked by the filter itself.
 */
export function predicatesOf(filter: BsonDocument): Map<string, Predicate[]> {
  const found = new Map<string, Predicate[]>();
  for (const [path, condition] of necessaryClauses(filter)) {
    const operators = isOperatorDocument(condition) ? condition : { $eq: condition };
    const predicates = Object.entries(operators).flatMap(([operator, operand]) =>
      predicate(operator, operand),
    );
    found.set(path, [...(found.get(path) ?? []), ...predicates]);
  }
  return found;
}

function predicate(operator: string, operand: unknown): Predicate[] {
  switch (operator) {
    case "$eq":
      return isIndexable(operand) ? [{ kind: "points", values: [operand] }] : [];
    case "$in":
      return Array.isArray(operand) && operand.every(isIndexable)
        ? [{ kind: "points", values: operand }]
        : [];
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte":
      return isIndexable(operand) && rankOf(operand) !== typeRank.null
        ? [{ kind: "limit", operator, value: operand }]
        : [];
    default:
      return [];
  }
}

/** Arrays are compared as a whole or by item, which key ranges do not express. */
const isIndexable = (value: unknown): boolean => {
  const rank = rankOf(value);
  return rank !== typeRank.array && rank !== typeRank.regex;
};
