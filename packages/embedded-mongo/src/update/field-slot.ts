import { type BsonDocument, getOwn, isDocument, setOwn } from "../document.ts";
import { badValue, CommandError } from "../errors.ts";
import { isArrayIndex } from "../query/paths.ts";

/** A place in a document that an update can read and write. */
export interface FieldSlot {
  read(): unknown;
  /** `undefined` removes the field; inside an array it leaves a null, so that no item moves. */
  write(value: unknown): void;
}

/** MongoDB's bound for nulls that one update may add to fill an array up to the given index. */
const maxArrayPadding = 1_500_000;

/**
 * Finds the place that a dotted path names.
 *
 * @param create - whether missing sub-documents on the way are made
 * @returns undefined if the way ends before the last segment and nothing is to be made
 * @throws CommandError PathNotViable if the way leads through a scalar and `create` is set
 */
export function findSlot(
  root: BsonDocument,
  segments: readonly string[],
  create: boolean,
): FieldSlot | undefined {
  let container: unknown = root;
  const last = segments.length - 1;
  for (const [depth, segment] of segments.entries()) {
    const slot = slotIn(container, segment);
    if (slot === undefined) {
      if (!create) return undefined;
      throw notViable(segments, depth);
    }
    if (depth === last) return slot;
    container = slot.read();
    if (container === undefined) {
      if (!create) return undefined;
      container = {};
      slot.write(container);
    }
  }
  return undefined;
}

function slotIn(container: unknown, segment: string): FieldSlot | undefined {
  if (isDocument(container)) return memberSlot(container, segment);
  if (Array.isArray(container) && isArrayIndex(segment)) {
    return itemSlot(container, Number(segment));
  }
  return undefined;
}

function memberSlot(container: BsonDocument, name: string): FieldSlot {
  return {
    read: () => getOwn(container, name),
    write(value) {
      if (value === undefined) delete container[name];
      else setOwn(container, name, value);
    },
  };
}

function itemSlot(container: unknown[], index: number): FieldSlot {
  return {
    read: () => container[index],
    write(value) {
      if (index - container.length > maxArrayPadding) {
        throw badValue(`array index ${index} is too far beyond the end of the array`);
      }
      while (container.length < index) container.push(null);
      container[index] = value ?? null;
    },
  };
}

function notViable(segments: readonly string[], depth: number): CommandError {
  const field = segments[depth] ?? "";
  const way = segments.slice(0, depth).join(".");
  return new CommandError(
    "PathNotViable",
    `Cannot create field '${field}' in '${way}', which is neither a document nor an array with that index`,
  );
}
