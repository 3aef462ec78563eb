const schemaPrefix = "#/components/schemas/";

/** The parts of an OpenAPI document that matter here, whatever its version. */
interface Document {
  paths?: object | undefined;
  components?: { schemas?: object | undefined } | undefined;
}

/**
 * Keeps only the schemas that the paths reach. zod's registry is one per process, so that without this
 * a service would document the messages of all others that happen to live with it.
 */
export function pruneComponents<Full extends object>(document: Full): Full {
  const { paths, components }: Document = document;
  const schemas = new Map(Object.entries(components?.schemas ?? {}));
  const reached = new Set<string>();
  const queue = referencesIn(paths);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    queue.push(...referencesIn(schemas.get(name)));
  }
  const kept = [...schemas]
    .filter(([name]) => reached.has(name))
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  return {
    ...document,
    components: { ...components, schemas: Object.fromEntries(kept) },
  };
}

/** Names of all schemas that a part of the document points at. */
function referencesIn(part: unknown): string[] {
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) =>
    key === "$ref" && typeof value === "string" && value.startsWith(schemaPrefix)
      ? [value.slice(schemaPrefix.length)]
      : referencesIn(value),
  );
}
