import type { Command } from "../../command.ts";

export const explain: Command = {
  name: "explain",
  aliases: ["why"],
  summary: "Says why an instance is where it is, or why no place was found",
  usage: "ID|NAME [N | --next]",
  args: ["service", "instance"],
  options: { next: { help: "where one instance more would go, if it was placed now" } },
  notes: [
    "Without N: the only instance; with several a line for each; with none where the first would go.",
  ],
  examples: ["oak explain web 0", "oak explain shop.web --next", "oak explain web 0 -o json"],
  run: async (input, context) => (await import("./run-explain.ts")).explainService(input, context),
};
