import { commonErrors } from "../errors.ts";
import { type Fault, jsonPointer } from "../faults.ts";

/** Deeper than any message of ours; keeps recursive code after this point safe. */
export const deepestNesting = 32;

/**
 * Reads a JSON body. An empty one is `undefined`. Throws `malformed_body` (400) for what is no JSON,
 * and `invalid_input` (400) for keys that could reach an object's prototype and for deep nesting.
 */
export function parseJsonBody(text: string): unknown {
  if (text.trim() === "") return undefined;
  const value = parsed(text);
  const faults: Fault[] = [];
  inspect(value, [], faults);
  if (faults.length > 0) {
    throw commonErrors.invalid_input({ status: 400, detail: "The body is refused", faults });
  }
  return value;
}

function parsed(text: string): unknown {
  try {
    // A byte order mark is no JSON, but some Windows editors write one.
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    throw commonErrors.malformed_body({ detail: `The body is not JSON: ${reason}`, cause: error });
  }
}

function inspect(value: unknown, path: readonly PropertyKey[], faults: Fault[]): void {
  if (typeof value !== "object" || value === null) return;
  if (path.length >= deepestNesting) {
    faults.push({
      pointer: jsonPointer(path),
      message: "is nested too deeply",
      found: `more than ${deepestNesting} levels`,
      allowed: `at most ${deepestNesting} levels`,
    });
    return;
  }
  for (const key of Object.keys(value)) {
    const child: unknown = Reflect.get(value, key);
    if (reachesPrototype(key, child)) {
      faults.push({
        pointer: jsonPointer([...path, key]),
        message: "is a forbidden key",
        found: JSON.stringify(key),
      });
    } else {
      inspect(child, [...path, key], faults);
    }
  }
}

/** `constructor` alone is an innocent name; with `prototype` inside it is an attack. */
function reachesPrototype(key: string, child: unknown): boolean {
  if (key === "__proto__") return true;
  return (
    key === "constructor" &&
    typeof child === "object" &&
    child !== null &&
    Object.hasOwn(child, "prototype")
  );
}
