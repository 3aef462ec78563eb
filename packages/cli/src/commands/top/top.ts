import type { Command } from "../../command.ts";
import { topKinds } from "./top-kinds.ts";

export const top: Command = {
  name: "top",
  summary: "Shows what uses most, the most loaded first; live on a terminal",
  usage: "[node|service|cluster] [--by cpu|memory] [--once]",
  args: [topKinds],
  options: {
    by: {
      value: "WHAT",
      complete: ["cpu", "memory"],
      help: "the order: cpu (the default) or memory",
    },
    limit: { value: "N", help: "the first of them only" },
    once: { help: "show it once; so it is off a terminal, too" },
  },
  examples: ["oak top", "oak top service --by memory", "oak top cluster --once -o json"],
  run: async (input, context) => (await import("./run-top.ts")).showTop(input, context),
};
