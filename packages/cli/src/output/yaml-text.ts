import { Document, isScalar, visit } from "yaml";
import { escapedJson, isPowerful } from "./harmless.ts";

/** YAML of an answer. What a terminal would obey stands escaped between double quotes, and means the same. */
export function yamlText(answer: unknown): string {
  const document = new Document(answer, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_key, node) => {
      if (isScalar(node) && typeof node.value === "string" && isPowerful(node.value)) {
        node.type = "QUOTE_DOUBLE";
      }
    },
  });
  return escapedJson(document.toString({ lineWidth: 0 }));
}
