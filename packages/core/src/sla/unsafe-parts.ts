import { SLA_LIMITS } from "@oak/contracts";
import { type SlaFault, type SlaPath, slaFault } from "./sla-fault.ts";

/** Keys that would reach into the prototype of an object that is built from the document. */
const prototypeKeys = new Set(["__proto__", "constructor", "prototype"]);

/**
 * What must not be stored whatever key it stands under, since unknown keys are kept verbatim: operators
 * of the database, keys that touch prototypes, NUL characters, and nesting beyond the limit.
 */
export function unsafeParts(document: unknown): SlaFault[] {
  const faults: SlaFault[] = [];
  visit(document, [], faults);
  return faults;
}

function visit(value: unknown, path: SlaPath, faults: SlaFault[]): void {
  if (typeof value === "string" && value.includes("\0")) {
    faults.push(slaFault(path, value, { message: "must not contain the character NUL" }));
  }
  if (typeof value !== "object" || value === null) return;
  if (path.length >= SLA_LIMITS.depth) {
    const allowed = `at most ${SLA_LIMITS.depth} levels`;
    faults.push(slaFault(path, value, { message: "is nested too deeply", allowed }));
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    const childPath = [...path, Array.isArray(value) ? Number(key) : key];
    const message = Array.isArray(value) ? undefined : reasonAgainst(key);
    if (message !== undefined) faults.push(slaFault(childPath, child, { message }));
    visit(child, childPath, faults);
  }
}

function reasonAgainst(key: string): string | undefined {
  if (prototypeKeys.has(key)) return "is a reserved name and cannot be a key";
  if (key.startsWith("$")) return "a key must not begin with $";
  if (key.includes("\0")) return "a key must not contain the character NUL";
  return undefined;
}
