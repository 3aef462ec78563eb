import type { Command } from "../../command.ts";

export const logs: Command = {
  name: "logs",
  aliases: ["log"],
  summary: "Prints what the instances of a service write",
  usage: "ID|NAME [N] [-f] [--tail LINES] [--since TIME] [-t]",
  args: ["service", "instance"],
  options: {
    follow: { short: "f", help: "go on until the instance is gone, or Ctrl-C" },
    tail: { value: "LINES", help: "the last lines only, of each instance" },
    since: { value: "TIME", help: "what was written since: 10m, 2h, Unix seconds or RFC 3339" },
    timestamps: { short: "t", help: "with the time of each line" },
  },
  notes: [
    "Without N those of all instances, each line with the name and number of its instance; -f takes in instances that are started later.",
    "-f takes a lost connection up again where it was lost. -o json prints one JSON document a line.",
  ],
  examples: ["oak logs web", "oak logs shop.web 0 -f --tail 20", "oak logs web -f --since 10m -t"],
  run: async (input, context) => (await import("./print-logs.ts")).printLogs(input, context),
};
