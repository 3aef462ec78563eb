import { isDocument } from "../document.ts";
import { badValue, typeMismatch } from "../errors.ts";
import { isOperatorDocument } from "../query/clauses.ts";
import { compileFilter } from "../query/filter.ts";
import { addNumbers } from "../values/add-numbers.ts";
import { compareValues, equalValues } from "../values/compare-values.ts";
import { rankOf, typeRank } from "../values/type-rank.ts";

/** From the present value of a field (`undefined`: missing) to the next (`undefined`: removed). */
export type FieldChange = (current: unknown) => unknown;

/**
 * An update operator. It checks its operand once and then changes any number of documents.
 * They are our own because mingo's skip a field of the wrong type in silence, where MongoDB
 * refuses the update.
 */
export interface UpdateOperator {
  /** Whether the way to the field is made if it is missing. */
  creates: boolean;
  prepare(operand: unknown, path: string): FieldChange;
}

const creating = (prepare: UpdateOperator["prepare"]): UpdateOperator => ({
  creates: true,
  prepare,
});

const isNumber = (value: unknown): boolean => rankOf(value) === typeRank.number;

function arrayOrNew(current: unknown, operator: string, path: string): readonly unknown[] {
  if (current === undefined) return [];
  if (!Array.isArray(current)) {
    throw badValue(`${operator} needs an array, but '${path}' holds another type`);
  }
  return current;
}

interface ArrayModifiers {
  items: readonly unknown[];
  slice: number | undefined;
}

/** Reads `{ $each: [...], $slice: n }`, or takes the operand itself as the one item. */
function parseModifiers(
  operator: string,
  operand: unknown,
  allowed: readonly string[],
): ArrayModifiers {
  if (!isOperatorDocument(operand)) return { items: [operand], slice: undefined };
  for (const key of Object.keys(operand)) {
    if (!allowed.includes(key)) throw badValue(`${key} is not supported in ${operator}`);
  }
  const { $each: items, $slice: slice } = operand;
  if (!Array.isArray(items)) throw badValue(`$each in ${operator} needs an array`);
  if (slice !== undefined && !(typeof slice === "number" && Number.isInteger(slice))) {
    throw badValue(`$slice in ${operator} needs an integer`);
  }
  return { items, slice };
}

function sliced(items: readonly unknown[], slice: number | undefined): readonly unknown[] {
  if (slice === undefined) return items;
  if (slice < 0) return items.slice(slice);
  return items.slice(0, slice);
}

/** What `$pull` removes: items equal to a value, under a condition, or documents that match. */
function pullPredicate(operand: unknown): (item: unknown) => boolean {
  if (!isDocument(operand)) {
    if (rankOf(operand) === typeRank.regex) throw badValue("$pull by regular expression");
    return (item) => equalValues(item, operand);
  }
  if (isOperatorDocument(operand)) {
    const filter = compileFilter({ item: operand });
    return (item) => filter({ item });
  }
  const filter = compileFilter(operand);
  return (item) => isDocument(item) && filter(item);
}

const extreme = (isBetter: (order: number) => boolean): UpdateOperator =>
  creating(
    (operand) => (current) =>
      current === undefined || isBetter(compareValues(operand, current)) ? operand : current,
  );

/** The update operators that are offered, by name. `$setOnInsert` only acts on an upsert. */
export const updateOperators: Readonly<Record<string, UpdateOperator>> = {
  $set: creating((operand) => () => operand),
  $setOnInsert: creating((operand) => () => operand),
  $unset: { creates: false, prepare: () => () => undefined },
  $inc: creating((operand, path) => {
    if (!isNumber(operand)) throw typeMismatch(`$inc of '${path}' needs a number`);
    return (current) => {
      if (current === undefined) return operand;
      if (!isNumber(current)) throw typeMismatch(`$inc needs a number, but '${path}' holds none`);
      return addNumbers(current, operand);
    };
  }),
  $min: extreme((order) => order < 0),
  $max: extreme((order) => order > 0),
  $push: creating((operand, path) => {
    const { items, slice } = parseModifiers("$push", operand, ["$each", "$slice"]);
    return (current) => sliced([...arrayOrNew(current, "$push", path), ...items], slice);
  }),
  $addToSet: creating((operand, path) => {
    const { items } = parseModifiers("$addToSet", operand, ["$each"]);
    return (current) => {
      const result = [...arrayOrNew(current, "$addToSet", path)];
      for (const item of items) {
        if (!result.some((known) => equalValues(known, item))) result.push(item);
      }
      return result;
    };
  }),
  $pull: {
    creates: false,
    prepare: (operand, path) => {
      const isPulled = pullPredicate(operand);
      return (current) =>
        current === undefined
          ? undefined
          : arrayOrNew(current, "$pull", path).filter((item) => !isPulled(item));
    },
  },
};
