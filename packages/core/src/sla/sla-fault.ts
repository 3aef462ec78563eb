/** One thing that is wrong with an SLA, in words that its author can act on. */
export interface SlaFault {
  /** JSON pointer (RFC 6901) into the document; "" is the whole document. */
  pointer: string;
  message: string;
  /** What stood there, shortened. */
  found: string;
  /** What may stand there. */
  allowed?: string;
}

export type SlaPath = readonly PropertyKey[];

const longestQuote = 80;

/** Joins path segments to a JSON pointer. */
export function slaPointer(path: SlaPath): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Makes a fault; `allowed` is left out when there is nothing to say. */
export function slaFault(
  path: SlaPath,
  value: unknown,
  { message, allowed }: { message: string; allowed?: string | undefined },
): SlaFault {
  return {
    pointer: slaPointer(path),
    message,
    found: foundAt(path, value),
    ...(allowed === undefined ? {} : { allowed }),
  };
}

/** Environment entries hold credentials, and faults end up in answers and bug reports. */
function foundAt(path: SlaPath, value: unknown): string {
  if (typeof value === "string" && path.includes("environment")) {
    return `text of ${value.length} characters`;
  }
  return describe(value);
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value))
    return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  if (text.length <= longestQuote) return text;
  return `${text.slice(0, longestQuote)}… (${text.length} characters)`;
}
