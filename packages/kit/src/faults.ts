import type { z } from "zod";

/** One thing that is wrong with an input, in words that its author can act on. */
export interface Fault {
  /** JSON pointer (RFC 6901) into the input; "" is the whole input. */
  pointer: string;
  message: string;
  /** What stood there, shortened; secrets are not repeated. */
  found?: string;
  /** What may stand there. */
  allowed?: string;
  /** Which part of the request, when it is not the body. */
  in?: "query" | "path" | "headers";
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

const longestQuote = 80;
const mostFaults = 100;

/** Every fault of a failed parse; at most 100, since one hostile array can hold thousands. */
export function faultsOf(error: z.core.$ZodError, input: unknown): Fault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, [], input)).slice(0, mostFaults);
}

/** Joins path segments to a JSON pointer. */
export function jsonPointer(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** A short rendering of a value for people: its content when small, its kind when large. */
export function describeFound(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value))
    return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > longestQuote
    ? `${text.slice(0, longestQuote)}… (${text.length} characters)`
    : text;
}

/** Whether what stands under this name must never be repeated in an answer or a log. */
export function isSecretName(name: string): boolean {
  return /passw(or)?d|secret|token|authorization|private_?key|credential/i.test(name);
}

function faultsOfIssue(issue: Issue, parent: Path, input: unknown): Fault[] {
  const path = [...parent, ...issue.path];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey([...path, key], input));
    case "invalid_union":
      return faultsOfUnion(issue, path, input);
    case "invalid_key":
    case "invalid_element": {
      const inner = issue.issues.flatMap((nested) => faultsOfIssue(nested, path, input));
      return inner.length > 0 ? inner : [plainFault(issue, path, input)];
    }
    default:
      return [plainFault(issue, path, input)];
  }
}

/** The branch that came closest explains best; without one, the alternatives are named. */
function faultsOfUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  path: Path,
  input: unknown,
): Fault[] {
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const entered = branches.filter((branch) => branch.some((nested) => nested.path.length > 0));
  const closest = entered.toSorted((a, b) => a.length - b.length)[0];
  if (closest !== undefined) {
    return closest.flatMap((nested) => faultsOfIssue(nested, path, input));
  }
  const choices = branches.flatMap((branch) => allowedBy(branch[0]) ?? []);
  const allowed = choices.length > 0 ? [...new Set(choices)].join(" or ") : undefined;
  return [{ ...plainFault(issue, path, input), ...(allowed === undefined ? {} : { allowed }) }];
}

function plainFault(issue: Issue, path: Path, input: unknown): Fault {
  const value = valueAt(input, path);
  const allowed = allowedBy(issue);
  return {
    pointer: jsonPointer(path),
    message: messageOf(issue, value, allowed),
    found: foundAt(path, value),
    ...(allowed === undefined ? {} : { allowed }),
  };
}

const codesOfAbsence = new Set(["invalid_type", "invalid_value", "invalid_union"]);
const messageOfZod = /^(Invalid|Too small|Too big|Unrecognized)\b/;

/** The words of the schema's author when there are any, ours in place of zod's own. */
function messageOf(issue: Issue, value: unknown, allowed: string | undefined): string {
  if (value === undefined && codesOfAbsence.has(issue.code)) return "is required";
  if (allowed === undefined || !messageOfZod.test(issue.message)) return issue.message;
  return `must be ${issue.code === "invalid_value" && issue.values.length > 1 ? "one of " : ""}${allowed}`;
}

function unknownKey(path: Path, input: unknown): Fault {
  return {
    pointer: jsonPointer(path),
    message: "is not a known key",
    found: foundAt(path, valueAt(input, path)),
  };
}

function foundAt(path: Path, value: unknown): string {
  const isSecret = value !== undefined && path.some((key) => isSecretName(String(key)));
  return isSecret ? "[redacted]" : describeFound(value);
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function allowedBy(issue: Issue | undefined): string | undefined {
  switch (issue?.code) {
    case "invalid_type":
      return kindNames[issue.expected] ?? `a value of type ${issue.expected}`;
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${unitOf(issue.origin)}`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${unitOf(issue.origin)}`;
    case "invalid_format":
      return issue.pattern === undefined ? `a ${issue.format}` : `text matching ${issue.pattern}`;
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_value":
      return issue.values.map((value) => describeFound(value)).join(", ");
    case "custom":
      return typeof issue.params?.["allowed"] === "string" ? issue.params["allowed"] : undefined;
    default:
      return undefined;
  }
}

const kindNames: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
  null: "null",
};

function unitOf(origin: string): string {
  if (origin === "string") return " characters";
  if (origin === "array" || origin === "set") return " entries";
  return "";
}
