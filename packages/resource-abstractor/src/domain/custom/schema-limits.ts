import { jsonPointer } from "@oak/kit";

type Json = Readonly<Record<string, unknown>>;
type Path = readonly string[];

const most = { bytes: 64 * 1024, places: 1_000, pattern: 200, uniqueItems: 500, repeats: 1_000 };

/** Keywords whose values are schemas by name. */
const byName = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
const lists = ["allOf", "anyOf", "oneOf", "prefixItems"];
const singles = [
  ...["items", "additionalItems", "contains", "not", "if", "then", "else"],
  ...["additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties"],
];
const refused = ["$dynamicRef", "$recursiveRef", "$dynamicAnchor", "$recursiveAnchor", "$anchor"];

/**
 * Why a schema may not be used; undefined when it may. Checking data against what passes takes a time that grows with the
 * data and not faster: references lead to other places of the schema and never in a circle, and with each of them written
 * out the whole stays small.
 */
export function schemaFault(schema: Json): string | undefined {
  if (Buffer.byteLength(JSON.stringify(schema)) > most.bytes) {
    return `is longer than ${most.bytes} bytes`;
  }
  try {
    measure({ root: schema, left: most.places }, schema, { at: [], open: new Set() });
    return undefined;
  } catch (error) {
    if (error instanceof SchemaFault) return error.message;
    throw error;
  }
}

class SchemaFault extends Error {}

interface Budget {
  readonly root: Json;
  left: number;
}
interface Place {
  at: Path;
  /** References that lead here. */
  open: ReadonlySet<string>;
}

/** Walks a schema as a validator does, through references. */
function measure(budget: Budget, schema: unknown, place: Place): void {
  budget.left -= 1;
  if (budget.left < 0) throw new SchemaFault(`has more than ${most.places} places`);
  if (typeof schema === "boolean") return;
  if (!isObject(schema)) throw fault(place.at, "is no schema");
  assertKeywords(schema, place.at);
  if (schema["$ref"] !== undefined) follow(budget, schema["$ref"], place);
  for (const { at, inner } of innerSchemas(schema)) {
    measure(budget, inner, { ...place, at: [...place.at, ...at] });
  }
}

/** Definitions cost nothing until something refers to them, but a bad one is a fault all the same. */
function* innerSchemas(schema: Json): Generator<{ at: Path; inner: unknown }> {
  for (const key of byName) {
    const named = schema[key] ?? {};
    for (const [name, inner] of Object.entries(named)) yield { at: [key, name], inner };
  }
  for (const key of [...lists, ...singles]) {
    const found = schema[key];
    if (Array.isArray(found)) {
      for (const [i, inner] of found.entries()) yield { at: [key, String(i)], inner };
    } else if (found !== undefined) {
      yield { at: [key], inner: found };
    }
  }
}

function follow(budget: Budget, reference: unknown, { at, open }: Place): void {
  if (typeof reference !== "string" || !/^#(\/|$)/.test(reference)) {
    throw fault(at, "refers to something outside of the schema");
  }
  if (open.has(reference) || reference === "#") throw fault(at, "refers to itself");
  const target = targetOf(budget.root, reference);
  if (target === undefined) throw fault(at, `refers to ${reference}, which is not there`);
  measure(budget, target, { at, open: new Set(open).add(reference) });
}

function targetOf(root: Json, reference: string): unknown {
  let found: unknown = root;
  for (const part of reference.split("/").slice(1)) {
    const key = decoded(part).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function assertKeywords(schema: Json, at: Path): void {
  const bad = refused.find((key) => schema[key] !== undefined);
  if (bad !== undefined) throw fault([...at, bad], "is not supported");
  if (at.length > 0 && schema["$id"] !== undefined) throw fault([...at, "$id"], "is not supported");
  const { pattern, uniqueItems, maxItems } = schema;
  if (typeof pattern === "string" && pattern.length > most.pattern) {
    throw fault([...at, "pattern"], `is longer than ${most.pattern} characters`);
  }
  // Each item is compared with each other one.
  const isBounded = typeof maxItems === "number" && maxItems <= most.uniqueItems;
  if (uniqueItems === true && !isBounded) {
    throw fault([...at, "uniqueItems"], `needs maxItems of at most ${most.uniqueItems} beside it`);
  }
}

function fault(at: Path, message: string): SchemaFault {
  return new SchemaFault(`${at.length === 0 ? "" : `${jsonPointer(at)} `}${message}`);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
