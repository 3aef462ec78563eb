import { commonErrors, type Fault, jsonPointer } from "@oak/kit";

type Body = Readonly<Record<string, unknown>>;

const mostResourceBytes = 128 * 1024;
const mostValues = 10_000;

/** Names that this service gives: callers that send a resource back do not mean them. */
const ownKeys: ReadonlySet<string> = new Set(["_id"]);

/**
 * A body without what is not the caller's to say.
 * @throws AppError payload_too_large, or invalid_input for keys that a database would not take for plain fields
 */
export function customData(body: Body): Record<string, unknown> {
  const text = JSON.stringify(body);
  if (Buffer.byteLength(text) > mostResourceBytes) {
    throw commonErrors.payload_too_large(`A resource has at most ${mostResourceBytes} bytes`);
  }
  const faults: Fault[] = [];
  const values = inspect(body, [], faults);
  if (values > mostValues) {
    throw commonErrors.payload_too_large(`A resource has at most ${mostValues} values`);
  }
  if (faults.length > 0) {
    throw commonErrors.invalid_input({ detail: "Some keys cannot be stored", faults });
  }
  return Object.fromEntries(Object.entries(body).filter(([key]) => !ownKeys.has(key)));
}

const mostFaults = 20;

/** Counts values; the kit has refused what is nested deeply before this. */
function inspect(value: unknown, path: readonly string[], faults: Fault[]): number {
  if (typeof value !== "object" || value === null) return 1;
  let values = 1;
  for (const [key, inner] of Object.entries(value)) {
    if (isUnsafe(key) && faults.length < mostFaults) {
      faults.push({
        pointer: jsonPointer([...path, key]),
        message: "is a forbidden key",
        allowed: "names without a dot that do not begin with $",
      });
    }
    values += inspect(inner, [...path, key], faults);
  }
  return values;
}

function isUnsafe(key: string): boolean {
  return key === "" || key.startsWith("$") || key.includes(".") || key.includes("\0");
}

/** A condition on resources: the value at a path is one of these. */
export interface FieldCondition {
  path: string;
  values: (string | number | boolean)[];
}

const mostConditions = 20;
const fieldPath = /^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,15}$/;

/**
 * Conditions from query parameters. upstream compares text alone; here text that reads as a number or as true or false
 * finds those as well.
 * @throws AppError invalid_input
 */
export function fieldConditions(query: Readonly<Record<string, unknown>>): FieldCondition[] {
  const given = Object.entries(query);
  const faults = given.flatMap(([path, value]): Fault[] => {
    if (fieldPath.test(path) && typeof value === "string") return [];
    const allowed = "a field once, of letters, digits, _ and -, with dots into objects";
    return [{ pointer: `/${path}`, message: "is no condition", allowed, in: "query" }];
  });
  if (given.length > mostConditions || faults.length > 0) {
    const detail = `At most ${mostConditions} fields, each with one value`;
    throw commonErrors.invalid_input({ detail, faults: faults.slice(0, mostFaults) });
  }
  return given.map(([path, value]) => ({ path, values: readings(String(value)) }));
}

function readings(text: string): (string | number | boolean)[] {
  if (text === "true" || text === "false") return [text, text === "true"];
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? [text, Number(text)] : [text];
}
