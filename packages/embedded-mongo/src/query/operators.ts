import { $elemMatch as elemMatch } from "mingo/operators/query/array";
import { $and as and, $or as or } from "mingo/operators/query/logical";
import type { Options } from "mingo/types";
import { type BsonDocument, isDocument } from "../document.ts";
import { badValue } from "../errors.ts";
import { compareValues, equalValues } from "../values/compare-values.ts";
import { rankOf, typeRank } from "../values/type-rank.ts";
import { candidatesAt, leavesAt, splitPath } from "./paths.ts";

type DocumentTest = (document: BsonDocument) => boolean;
/** An operator as mingo's `Query` calls it: once, to get the test for each document. */
export type QueryOperator = (path: string, operand: unknown, options: Options) => DocumentTest;
type FieldOperator = (path: string, operand: unknown) => DocumentTest;

/** Regular expressions are not in the list of supported operators, so they are never a value. */
function refuseRegex(name: string, operand: unknown): void {
  if (rankOf(operand) === typeRank.regex) {
    throw badValue(`regular expressions are not supported (operand of ${name})`);
  }
}

const equality: FieldOperator = (path, operand) => {
  refuseRegex("$eq", operand);
  const segments = splitPath(path);
  return (document) =>
    candidatesAt(document, segments).some((value) => equalValues(value, operand));
};

const membership: FieldOperator = (path, operand) => {
  if (!Array.isArray(operand)) throw badValue("$in and $nin need an array");
  for (const item of operand) refuseRegex("$in", item);
  const segments = splitPath(path);
  const sorted = operand.toSorted(compareValues);
  return (document) => candidatesAt(document, segments).some((value) => isIn(sorted, value));
};

/** Binary search: a list of hundreds of ids is tested against each candidate document. */
function isIn(sorted: readonly unknown[], value: unknown): boolean {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = compareValues(value, sorted[middle]);
    if (order === 0) return true;
    if (order < 0) high = middle - 1;
    else low = middle + 1;
  }
  return false;
}

function range(name: string, accepts: (order: number) => boolean): FieldOperator {
  return (path, operand) => {
    refuseRegex(name, operand);
    const segments = splitPath(path);
    const rank = rankOf(operand);
    const operandIsNaN = Number.isNaN(operand);
    return (document) =>
      candidatesAt(document, segments).some(
        (value) =>
          // A range never leaves the type of its operand, and NaN is only ever equal to itself.
          rankOf(value) === rank &&
          Number.isNaN(value) === operandIsNaN &&
          accepts(compareValues(value, operand)),
      );
  };
}

const existence: FieldOperator = (path, operand) => {
  const segments = splitPath(path);
  const wanted = operand !== false && operand !== 0 && operand !== null && operand !== undefined;
  return (document) => leavesAt(document, segments).some((leaf) => leaf !== undefined) === wanted;
};

const negated =
  (operator: FieldOperator): FieldOperator =>
  (path, operand) => {
    const test = operator(path, operand);
    return (document) => !test(document);
  };

type LogicalOperator = (path: string, clauses: BsonDocument[], options: Options) => DocumentTest;

/** mingo takes an empty list for "matches all"; MongoDB refuses it. */
const logical =
  (name: string, operator: LogicalOperator): QueryOperator =>
  (path, clauses, options) => {
    if (!Array.isArray(clauses) || clauses.length === 0 || !clauses.every(isDocument)) {
      throw badValue(`${name} needs a non-empty array of documents`);
    }
    return operator(path, clauses, options);
  };

/**
 * The query operators that are offered, as mingo's `Query` looks them up by name. mingo parses the
 * filter, combines the clauses and refuses every name that is not in here; the comparisons are our
 * own because they have to agree with the order of the index keys.
 */
export const queryOperators: Readonly<Record<string, QueryOperator>> = {
  $eq: equality,
  $ne: negated(equality),
  $in: membership,
  $nin: negated(membership),
  $gt: range("$gt", (order) => order > 0),
  $gte: range("$gte", (order) => order >= 0),
  $lt: range("$lt", (order) => order < 0),
  $lte: range("$lte", (order) => order <= 0),
  $exists: existence,
  $elemMatch: (path, criteria, options) => {
    if (!isDocument(criteria)) throw badValue("$elemMatch needs a document");
    splitPath(path);
    return elemMatch(path, criteria, options);
  },
  $and: logical("$and", and),
  $or: logical("$or", or),
};
