import { type Doc, docAt, docsAt, textAt } from "../api/answers.ts";
import type { PaintedLine } from "../output/output.ts";
import type { Colour } from "../output/paint.ts";
import { type Changes, changeOf } from "./changes.ts";
import type { FieldChange } from "./field-changes.ts";

const signs: Readonly<Record<string, readonly [sign: string, colour: Colour | undefined]>> = {
  create: ["+", "green"],
  update: ["~", "yellow"],
  delete: ["-", "red"],
};

const unchanged: readonly [string, Colour | undefined] = ["=", undefined];

/** Applications, below them their services, below those the fields. What stays as it is is told only when asked for. */
export function changeLines(
  { applications }: Changes,
  { withUnchanged }: { withUnchanged: boolean },
): PaintedLine[] {
  return applications.flatMap((application) => {
    const services = docsAt(application, "services").flatMap((one) =>
      serviceLines(one, withUnchanged),
    );
    if (services.length === 0 && changeOf(application) === "none" && !withUnchanged) return [];
    const name = nameOf(application, "application");
    return [lineOf(changeOf(application), `application ${name}`, 0), ...services];
  });
}

function serviceLines(service: Doc, withUnchanged: boolean): PaintedLine[] {
  const change = changeOf(service);
  const error = docAt(service, "error");
  if (change === "none" && error === undefined && !withUnchanged) return [];
  return [
    lineOf(change, `service ${nameOf(service, "microservice")}`, 2),
    ...fieldLines(fieldsFrom(service), 6),
    ...(error === undefined ? [] : [failureLine(error)]),
  ];
}

function failureLine(error: Doc): PaintedLine {
  const message = textAt(error, "message") ?? `status ${textAt(error, "status")}`;
  return { indent: 6, colour: "red", text: `! not done: ${message}` };
}

/** A line for each field: `~ /code: "nginx:1" → "nginx:2"`. */
export function fieldLines(fields: readonly FieldChange[], indent: number): PaintedLine[] {
  return fields.map(({ path, from, to }) => {
    if (from === undefined) return lineOf("create", `${path}: ${valueText(to)}`, indent);
    if (to === undefined) return lineOf("delete", `${path}: ${valueText(from)}`, indent);
    return lineOf("update", `${path}: ${valueText(from)} → ${valueText(to)}`, indent);
  });
}

function fieldsFrom(service: Doc): FieldChange[] {
  return docsAt(service, "fields").map(({ from, to, ...rest }) => ({
    path: textAt(rest, "path") ?? "/",
    from,
    to,
  }));
}

function lineOf(change: string, text: string, indent: number): PaintedLine {
  const [sign, colour] = signs[change] ?? unchanged;
  return { text: `${sign} ${text}`, colour, indent };
}

function nameOf(doc: Doc, kind: "application" | "microservice"): string {
  return `${textAt(doc, `${kind}_name`) ?? ""}.${textAt(doc, `${kind}_namespace`) ?? ""}`;
}

const longest = 200;

function valueText(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
