import { expect, test } from "vitest";
import { parseDocument } from "./document.ts";

test.each([
  ["sla.json", '{"a": [1]}'],
  ["sla.yaml", "a:\n  - 1\n"],
  ["standard input", "{a: [1]}"],
  ["sla.yaml", "---\na: [1]\n"],
])("%s with %j is a document", async (name, text) => {
  expect(await parseDocument(text, name)).toEqual({ a: [1] });
});

test.each([
  ["sla.json", '{"a": }', /^sla\.json is not JSON/],
  ["sla.yaml", "a: [1\nb: 2", /^sla\.yaml is neither JSON nor YAML: line \d+, column \d+/],
  ["sla.yaml", "a: 1\n---\nb: 2", /several documents/],
  ["sla.yaml", `a0: &a0 [x]\n${bomb()}`, /cannot be read/],
])("%s with a fault says where", async (name, text, message) => {
  await expect(parseDocument(text, name)).rejects.toThrow(message);
});

/** Each line is ten of the one before. */
function bomb(): string {
  return Array.from({ length: 9 }, (_, at) => {
    const ten = Array(10).fill(`*a${at}`).join(", ");
    return `a${at + 1}: &a${at + 1} [${ten}]`;
  }).join("\n");
}
