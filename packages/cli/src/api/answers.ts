import { CliError } from "../errors.ts";

/**
 * A JSON object of the root. It is read by name and not by schema: a newer root may say more, an older one less, and what is
 * absent is shown as such.
 */
export type Doc = Readonly<Record<string, unknown>>;

/** @throws CliError when it is none */
export function docFrom(answer: unknown, what: string): Doc {
  if (isDoc(answer)) return answer;
  throw new CliError(`the root answered something else than an object for ${what}`);
}

/** @throws CliError when it is no list of objects */
export function docsFrom(answer: unknown, what: string): Doc[] {
  if (Array.isArray(answer) && answer.every(isDoc)) return [...answer];
  throw new CliError(`the root answered something else than a list for ${what}`);
}

/** The first of these fields that holds a text or a number. */
export function textAt(doc: Doc, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = doc[name];
    if (typeof value === "string" && value !== "") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
  }
  return undefined;
}

export function numberAt(doc: Doc, name: string): number | undefined {
  const value = doc[name];
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))
    ? Number(value)
    : undefined;
}

export function docAt(doc: Doc, name: string): Doc | undefined {
  const value = doc[name];
  return isDoc(value) ? value : undefined;
}

/** Empty when there is none. */
export function docsAt(doc: Doc, name: string): Doc[] {
  const value = doc[name];
  return Array.isArray(value) ? value.filter(isDoc) : [];
}

/** Empty when there is none. */
export function textsAt(doc: Doc, name: string): string[] {
  const value = doc[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** `_id` is `{"$oid": …}` in some answers and a text in others. */
export function idAt(doc: Doc, ...names: readonly string[]): string {
  const wrapped = docAt(doc, "_id");
  return textAt(doc, ...names, "id", "_id") ?? (wrapped && textAt(wrapped, "$oid")) ?? "";
}

/** Unix seconds as local time, short; undefined for what is no time. */
export function timeAt(doc: Doc, name: string): string | undefined {
  const seconds = numberAt(doc, name);
  if (seconds === undefined || !(Math.abs(seconds) < 8.64e12)) return undefined;
  const date = new Date(seconds * 1_000);
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}

export function isDoc(value: unknown): value is Doc {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
