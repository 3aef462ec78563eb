import { type BsonDocument, isDocument } from "../document.ts";
import { badValue, type CommandError, typeMismatch } from "../errors.ts";

/**
 * Typed access to the fields of a command or a statement. A field that is not named in `allowed`
 * is refused: an option that is ignored would be a silent difference to MongoDB.
 */
export interface Arguments {
  text(name: string): string;
  document(name: string): BsonDocument;
  flag(name: string): boolean;
  /** A whole number from zero on, or `fallback` if the field is missing. */
  count(name: string, fallback: number): number;
  list(name: string): readonly unknown[];
  raw(name: string): unknown;
}

/** Fields that drivers attach to any command and that change nothing here. */
export const commonFields = [
  "$db",
  "$readPreference",
  "$clusterTime",
  "lsid",
  "readConcern",
  "writeConcern",
  "comment",
  "maxTimeMS",
  "apiVersion",
  "apiStrict",
  "apiDeprecationErrors",
] as const;

/** Values that ask for nothing, so that an option may be spelled out. */
function isDefault(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isDocument(value) && Object.keys(value).length === 0;
}

/** @throws CommandError BadValue naming the first field that is not allowed and not a default */
export function readArguments(
  where: string,
  body: BsonDocument,
  allowed: readonly string[],
): Arguments {
  for (const [name, value] of Object.entries(body)) {
    if (!allowed.includes(name) && !isDefault(value)) {
      throw badValue(`the option '${name}' of ${where} is not supported`);
    }
  }
  const mismatch = (name: string, type: string): CommandError =>
    typeMismatch(`the field '${name}' of ${where} needs ${type}`);
  return {
    text(name) {
      const value = body[name];
      if (typeof value !== "string") throw mismatch(name, "a string");
      return value;
    },
    document(name) {
      const value = body[name] ?? {};
      if (!isDocument(value)) throw mismatch(name, "a document");
      return value;
    },
    flag(name) {
      const value = body[name] ?? false;
      if (typeof value !== "boolean" && typeof value !== "number") {
        throw mismatch(name, "true or false");
      }
      return Boolean(value);
    },
    count(name, fallback) {
      const value = body[name] ?? fallback;
      if (value === Number.POSITIVE_INFINITY) return value;
      if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
        throw mismatch(name, "a whole number of at least 0");
      }
      return value;
    },
    list(name) {
      const value = body[name];
      if (!Array.isArray(value)) throw mismatch(name, "an array");
      return value;
    },
    raw: (name) => body[name],
  };
}
