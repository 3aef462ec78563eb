import { type BsonDocument, isDocument } from "../document.ts";
import { badValue, CommandError } from "../errors.ts";
import { splitPath } from "../query/paths.ts";
import { equalValues } from "../values/compare-values.ts";
import { findSlot } from "./field-slot.ts";
import { type FieldChange, updateOperators } from "./operators.ts";

export interface Update {
  /** A replacement keeps nothing of the old document but its `_id`. */
  isReplacement: boolean;
  /**
   * Changes a decoded document, possibly in place.
   *
   * @returns the next document, with `_id` first, and whether anything differs
   */
  apply(document: BsonDocument, options: { isInsert: boolean }): UpdateResult;
}

export interface UpdateResult {
  document: BsonDocument;
  changed: boolean;
}

/**
 * Compiles the `u` of an update statement: operators, or a replacement document.
 *
 * @throws CommandError for unknown operators, wrong operands and paths that conflict
 */
export function compileUpdate(spec: unknown): Update {
  if (Array.isArray(spec)) throw badValue("updates by aggregation pipeline are not supported");
  if (!isDocument(spec)) throw new CommandError("FailedToParse", "an update needs a document");
  const names = Object.keys(spec);
  const operators = names.filter((name) => name.startsWith("$"));
  if (operators.length === 0) return replacement(spec);
  if (operators.length < names.length) {
    throw new CommandError("FailedToParse", "an update mixes operators and plain fields");
  }
  return operatorUpdate(spec);
}

function replacement(next: BsonDocument): Update {
  return {
    isReplacement: true,
    apply(document, { isInsert }) {
      const { _id: nextId, ...fields } = next;
      const id = document["_id"] ?? nextId;
      if (nextId !== undefined) assertSameId(id, nextId);
      const result = id === undefined ? fields : { _id: id, ...fields };
      return { document: result, changed: isInsert || !equalValues(document, result) };
    },
  };
}

interface Step {
  operator: string;
  path: string;
  segments: readonly string[];
  creates: boolean;
  change: FieldChange;
}

function operatorUpdate(spec: BsonDocument): Update {
  const steps = Object.entries(spec).flatMap(([operator, fields]) => stepsOf(operator, fields));
  assertNoConflict(steps.map((step) => step.path));
  return {
    isReplacement: false,
    apply(document, { isInsert }) {
      const id = document["_id"];
      let changed = false;
      for (const step of steps) {
        if (step.operator !== "$setOnInsert" || isInsert) {
          changed = applyStep(document, step) || changed;
        }
      }
      if (id !== undefined) assertSameId(id, document["_id"]);
      return { document, changed };
    },
  };
}

function stepsOf(operator: string, fields: unknown): Step[] {
  const known = Object.hasOwn(updateOperators, operator) ? updateOperators[operator] : undefined;
  if (known === undefined) throw badValue(`the update operator ${operator} is not supported`);
  if (!isDocument(fields)) {
    throw new CommandError("FailedToParse", `${operator} needs a document of fields`);
  }
  return Object.entries(fields).map(([path, operand]) => {
    const segments = splitPath(path);
    if (segments.some((segment) => segment.startsWith("$"))) {
      throw badValue(`the positional path '${path}' is not supported in ${operator}`);
    }
    const change = known.prepare(operand, path);
    return { operator, path, segments, creates: known.creates, change };
  });
}

function applyStep(document: BsonDocument, step: Step): boolean {
  const slot = findSlot(document, step.segments, step.creates);
  if (slot === undefined) return false;
  const before = slot.read();
  const after = step.change(before);
  const isSame =
    before === undefined || after === undefined ? before === after : equalValues(before, after);
  if (!isSame) slot.write(after);
  return !isSame;
}

function assertSameId(before: unknown, after: unknown): void {
  if (after === undefined || !equalValues(before, after)) {
    throw new CommandError("ImmutableField", "the update would change the immutable field '_id'");
  }
}

/** MongoDB refuses two changes of one path, or of a path and its own part. */
function assertNoConflict(paths: readonly string[]): void {
  const sorted = paths.map((path) => `${path}.`).toSorted();
  for (const [i, path] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before !== undefined && path.startsWith(before)) {
      throw new CommandError(
        "ConflictingUpdateOperators",
        `Updating the path '${path.slice(0, -1)}' would create a conflict at '${before.slice(0, -1)}'`,
      );
    }
  }
}
