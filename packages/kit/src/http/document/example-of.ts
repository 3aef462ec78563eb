import type { Schema } from "./types.ts";

export const schemaPrefix = "#/components/schemas/";

type Schemas = Readonly<Record<string, Schema>>;

/** Deeper nothing is shown: a schema may contain itself. */
const deepest = 12;

/**
 * A value that fits the schema: what its author gave as an example, else the smallest that has all that is required.
 * A string with a pattern needs an example of its author's.
 */
export function exampleOf(schema: Schema, schemas: Schemas, depth = 0): unknown {
  const given = givenExample(schema);
  if (given !== undefined) return given;
  if (schema.$ref !== undefined) return exampleOfReference(schema.$ref, schemas, depth);
  const [choice] = (schema.anyOf ?? schema.oneOf ?? []).filter(({ type }) => type !== "null");
  if (choice !== undefined) return exampleOf(choice, schemas, depth);
  const [type] = [schema.type].flat();
  if (schema.properties !== undefined || type === "object") {
    return exampleObject(schema, schemas, depth);
  }
  if (type === "array") return exampleArray(schema, schemas, depth);
  return exampleScalar(schema, type);
}

/** What the author of the schema says; undefined: nothing. */
function givenExample(schema: Schema): unknown {
  return (
    schema.example ?? schema.examples?.[0] ?? schema.default ?? schema.const ?? schema.enum?.[0]
  );
}

function exampleOfReference(reference: string, schemas: Schemas, depth: number): unknown {
  const target = schemas[reference.slice(schemaPrefix.length)];
  return target === undefined || depth > deepest ? {} : exampleOf(target, schemas, depth + 1);
}

function exampleObject(schema: Schema, schemas: Schemas, depth: number): unknown {
  const parts = (schema.allOf ?? []).map((part) => exampleOf(part, schemas, depth + 1));
  const required = new Set(schema.required ?? []);
  const own = Object.entries(schema.properties ?? {})
    .filter(([key, property]) => required.has(key) || givenExample(property) !== undefined)
    .map(([key, property]) => [key, exampleOf(property, schemas, depth + 1)]);
  return Object.assign({}, ...parts, Object.fromEntries(own));
}

function exampleArray(schema: Schema, schemas: Schemas, depth: number): unknown[] {
  if (schema.items === undefined || depth > deepest) return [];
  return [exampleOf(schema.items, schemas, depth + 1)];
}

function exampleScalar(schema: Schema, type: string | undefined): unknown {
  if (type === "string") return "text".padEnd(schema.minLength ?? 0, "-");
  if (type === "integer" || type === "number") {
    return Math.max(0, schema.minimum ?? 0, (schema.exclusiveMinimum ?? -1) + 1);
  }
  if (type === "boolean") return false;
  return type === "null" ? null : {};
}
