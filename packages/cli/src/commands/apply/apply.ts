import type { Command } from "../../command.ts";
import { fileOption } from "../../document.ts";
import { waitOption } from "../../wait.ts";

const dryRun = { help: "say what would happen; change nothing" };

export const apply: Command = {
  name: "apply",
  summary: "Makes applications equal to a document: creates, updates, deletes services",
  usage: "-f FILE [--dry-run] [--wait[=TIME]]",
  args: [],
  options: { file: fileOption, "dry-run": dryRun, wait: waitOption },
  notes: [
    "Services that differ are rolled out make before break; services that are not in the document are deleted. What is equal is not touched, so the same document may be applied again and again.",
  ],
  examples: [
    "oak apply -f shop.yaml --wait",
    "oak apply -f shop.yaml --dry-run",
    "render | oak apply -f - -o json",
  ],
  run: async (input, context) => (await import("./run-apply.ts")).applyDocument(input, context),
};

export const diff: Command = {
  name: "diff",
  summary: "Tells what `oak apply` would change",
  usage: "-f FILE",
  args: [],
  options: { file: fileOption },
  notes: ["Exit codes like those of diff: 0 equal, 1 differs, 2 and above trouble."],
  examples: ["oak diff -f shop.yaml", "oak diff -f shop.yaml -q && echo up to date"],
  run: async (input, context) => (await import("./run-diff.ts")).diffDocument(input, context),
};
