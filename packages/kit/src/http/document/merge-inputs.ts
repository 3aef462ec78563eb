import { schemaPrefix } from "./example-of.ts";
import type { ApiDocument, Schema } from "./types.ts";

const suffix = "Input";

/**
 * Every schema comes twice, as it is read (`…Input`) and as it is written. Where both say the same, or only the first
 * is used, one is kept, under the plain name.
 */
export function mergeInputs<Full extends object>(full: Full): Full {
  const document = full as ApiDocument;
  const schemas = document.components?.schemas ?? {};
  const plain = plainNames(schemas);
  const rename = (name: string): string => plain.get(name) ?? name;
  const kept = Object.entries(schemas)
    .map(([name, schema]): [string, Schema] => [rename(name), schema])
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  return renamedReferences(
    { ...full, components: { ...document.components, schemas: Object.fromEntries(kept) } },
    rename,
  );
}

/** From `…Input` to the plain name, for those that may take it. */
function plainNames(schemas: Record<string, Schema>): Map<string, string> {
  const plainOf = (name: string) => name.slice(0, -suffix.length);
  const inputs = Object.keys(schemas).filter((name) => name.endsWith(suffix));
  const plain = new Map(inputs.map((name) => [name, plainOf(name)]));
  // One that differs makes those differ that refer to it, until nothing changes any more.
  for (let before = -1; before !== plain.size; ) {
    before = plain.size;
    const text = (name: string) =>
      JSON.stringify(renamedReferences(schemas[name], (other) => plain.get(other) ?? other));
    for (const name of inputs) {
      const other = plainOf(name);
      if (schemas[other] !== undefined && text(name) !== text(other)) plain.delete(name);
    }
  }
  return plain;
}

function renamedReferences<Part>(part: Part, rename: (name: string) => string): Part {
  if (Array.isArray(part)) return part.map((one) => renamedReferences(one, rename)) as Part;
  if (typeof part !== "object" || part === null) return part;
  const entries = Object.entries(part).map(([key, value]) => [
    key,
    key === "$ref" && typeof value === "string" && value.startsWith(schemaPrefix)
      ? `${schemaPrefix}${rename(value.slice(schemaPrefix.length))}`
      : renamedReferences(value, rename),
  ]);
  return Object.fromEntries(entries) as Part;
}
