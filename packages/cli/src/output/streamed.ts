import { escapedJson } from "./harmless.ts";
import type { Output } from "./output.ts";

/** One of many documents that come one after the other: a line of JSON, or a document of YAML. */
export async function streamed(
  answer: unknown,
  { format }: Pick<Output, "format">,
): Promise<string> {
  if (format !== "yaml") return `${escapedJson(JSON.stringify(answer))}\n`;
  const { yamlText } = await import("./yaml-text.ts");
  return `---\n${yamlText(answer)}`;
}
