import { UsageError } from "../errors.ts";

/**
 * Tag for paths: `` apiPath`/api/service/${id}` ``. What is filled in is one segment, whatever it holds.
 *
 * @throws UsageError for a segment that would mean another folder
 */
export function apiPath(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  const encoded = values.map((value) => {
    const text = String(value);
    if (/^\.{0,2}$/.test(text))
      throw new UsageError(`${JSON.stringify(text)} is no name and no id`);
    return encodeURIComponent(text);
  });
  return String.raw({ raw: parts }, ...encoded);
}
