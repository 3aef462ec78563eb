import { type BsonDocument, isDocument, setOwn } from "../document.ts";
import { badValue } from "../errors.ts";
import { splitPath } from "./paths.ts";

export type Projection = (document: BsonDocument) => BsonDocument;

/** Names as a tree: `true` is a whole field, a map leads to its members. */
type FieldTree = Map<string, FieldTree | true>;

/**
 * Compiles a projection that includes or excludes fields.
 *
 * @returns undefined if the document is to be answered as it is
 * @throws CommandError BadValue for operators, expressions and a mix of both modes
 */
export function compileProjection(spec: unknown): Projection | undefined {
  if (spec === undefined || spec === null) return undefined;
  if (!isDocument(spec)) throw badValue("projection needs a document");
  const flags = Object.entries(spec).map(([path, flag]) => [path, parseFlag(path, flag)] as const);
  if (flags.length === 0) return undefined;

  const others = flags.filter(([path]) => path !== "_id");
  const idFlag = flags.find(([path]) => path === "_id")?.[1];
  const isInclusion = others[0]?.[1] ?? idFlag ?? true;
  if (others.some(([, flag]) => flag !== isInclusion)) {
    throw badValue("a projection either includes or excludes fields, not both");
  }
  const tree: FieldTree = new Map();
  for (const [path] of others) addPath(tree, path);
  if ((idFlag ?? true) === isInclusion && (isInclusion || idFlag === false)) tree.set("_id", true);
  return isInclusion
    ? (document) => include(document, tree)
    : (document) => exclude(document, tree);
}

function parseFlag(path: string, flag: unknown): boolean {
  if (typeof flag === "boolean") return flag;
  if (typeof flag === "number") return flag !== 0;
  throw badValue(`the projection of '${path}' is not supported: only 0, 1, true and false are`);
}

function addPath(tree: FieldTree, path: string): void {
  const segments = splitPath(path);
  if (segments.some((segment) => segment.startsWith("$"))) {
    throw badValue(`the positional projection '${path}' is not supported`);
  }
  const last = segments.length - 1;
  let branch = tree;
  for (const [depth, segment] of segments.entries()) {
    const known = branch.get(segment);
    if (known === true || (known !== undefined && depth === last)) {
      throw badValue(`path collision in the projection at '${path}'`);
    }
    const next: FieldTree = known ?? new Map();
    branch.set(segment, depth === last ? true : next);
    branch = next;
  }
}

function include(document: BsonDocument, tree: FieldTree): BsonDocument {
  const result: BsonDocument = {};
  for (const [name, value] of Object.entries(document)) {
    const branch = tree.get(name);
    if (branch === true) setOwn(result, name, value);
    else if (branch !== undefined && typeof value === "object" && value !== null) {
      const part = includeInside(value, branch);
      if (part !== undefined) setOwn(result, name, part);
    }
  }
  return result;
}

/** Scalars below an included path have none of the wanted members and disappear. */
function includeInside(value: unknown, tree: FieldTree): unknown {
  if (isDocument(value)) return include(value, tree);
  if (!Array.isArray(value)) return undefined;
  return value.map((item) => includeInside(item, tree)).filter((item) => item !== undefined);
}

function exclude(document: BsonDocument, tree: FieldTree): BsonDocument {
  const result: BsonDocument = {};
  for (const [name, value] of Object.entries(document)) {
    const branch = tree.get(name);
    if (branch !== true) setOwn(result, name, branch ? excludeInside(value, branch) : value);
  }
  return result;
}

function excludeInside(value: unknown, tree: FieldTree): unknown {
  if (isDocument(value)) return exclude(value, tree);
  return Array.isArray(value) ? value.map((item) => excludeInside(item, tree)) : value;
}
