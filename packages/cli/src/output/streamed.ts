import type { Output } from "./output.ts";

/** One of many documents that come one after the other: a line of JSON, or a document of YAML. */
export async function streamed(
  answer: unknown,
  { format }: Pick<Output, "format">,
): Promise<string> {
  if (format !== "yaml") return `${JSON.stringify(answer)}\n`;
  const { stringify } = await import("yaml");
  return `---\n${stringify(answer, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}
