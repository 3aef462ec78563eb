/** A BSON document after decoding: own keys only, values as the `bson` package promotes them. */
export interface BsonDocument {
  [key: string]: unknown;
}

const scalarPrototypes = new Set<unknown>([Object.prototype, null]);

/** True for a plain sub-document; false for arrays, dates and BSON wrapper types. */
export function isDocument(value: unknown): value is BsonDocument {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    scalarPrototypes.has(Object.getPrototypeOf(value))
  );
}

/** Writes an own property even when it is called `__proto__`, which plain assignment would not. */
export function setOwn(target: BsonDocument, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    return;
  }
  target[key] = value;
}

/** Reads an own property; inherited ones (`constructor`, `toString`) are not fields. */
export function getOwn(source: object, key: string): unknown {
  return Object.hasOwn(source, key) ? (source as BsonDocument)[key] : undefined;
}

/** MongoDB's bound for documents in documents. */
export const maxNesting = 100;

/** Whether documents and arrays lie deeper in each other than `levels`; looks no deeper itself. */
export function isNestedDeeperThan(value: unknown, levels: number): boolean {
  if (!Array.isArray(value) && !isDocument(value)) return false;
  if (levels === 0) return true;
  return Object.values(value).some((member) => isNestedDeeperThan(member, levels - 1));
}
