import { commonErrors, type Fault } from "@oak/kit";

/**
 * Refuses names that a database would not take for plain fields: a top-level name becomes a path in an
 * update, so a dot would reach into a document and a `$` would be an operator.
 * @throws AppError invalid_input, with every such name
 */
export function assertStorable(body: Readonly<Record<string, unknown>>): void {
  const faults = Object.keys(body).filter(isUnsafe).map(faultOf);
  if (faults.length > 0) {
    throw commonErrors.invalid_input({ detail: "Some keys cannot be stored", faults });
  }
}

function isUnsafe(key: string): boolean {
  return key === "" || key.startsWith("$") || key.includes(".") || key.includes("\0");
}

function faultOf(key: string): Fault {
  return {
    pointer: `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`,
    message: "is a forbidden key",
    found: JSON.stringify(key),
    allowed: "names without a dot that do not begin with $",
  };
}

/** The body without these keys and without what is undefined. */
export function withoutKeys(
  body: Readonly<Record<string, unknown>>,
  dropped: ReadonlySet<string>,
): Record<string, unknown> {
  const kept = Object.entries(body).filter(
    ([key, value]) => value !== undefined && !dropped.has(key),
  );
  return Object.fromEntries(kept);
}
