import { Sla } from "@oak/contracts";
import type { z } from "zod";
import { type SlaFault, type SlaPath, slaFault } from "./sla-fault.ts";

type Issue = z.core.$ZodIssue;

/** Either the typed document or everything in which it departs from the schema. */
export function readSchema(document: unknown): { sla?: Sla; faults: SlaFault[] } {
  const parsed = Sla.safeParse(document);
  if (parsed.success) return { sla: parsed.data, faults: [] };
  return { faults: parsed.error.issues.map((issue) => faultOf(issue, document)) };
}

function faultOf(issue: Issue, document: unknown): SlaFault {
  const value = valueAt(document, issue.path);
  const message = value === undefined ? "is required" : issue.message;
  return slaFault(issue.path, value, { message, allowed: allowedBy(issue) });
}

function valueAt(document: unknown, path: SlaPath): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function allowedBy(issue: Issue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return kinds[issue.expected] ?? issue.expected;
    case "too_small":
      return `at least ${issue.minimum}${unitOf(issue.origin)}`;
    case "too_big":
      return `at most ${issue.maximum}${unitOf(issue.origin)}`;
    case "invalid_format":
      // The message of each pattern in contracts says in words what is allowed.
      return issue.message;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(", ");
    default:
      return undefined;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

function unitOf(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" ? " entries" : "";
}
