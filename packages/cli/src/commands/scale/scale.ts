import type { Command } from "../../command.ts";
import { waitOption } from "../../wait.ts";

export const scale: Command = {
  name: "scale",
  summary: "Says how many instances of a service are wanted",
  usage: "ID|NAME COUNT [--wait[=TIME]]",
  args: ["service", []],
  options: { wait: waitOption },
  notes: [
    "In one write, whatever there is now. `oak service scale up|down` adds and removes one by one.",
  ],
  examples: ["oak scale web 3", "oak scale shop.web 0 --wait", "oak scale web 3 -o json"],
  run: async (input, context) => (await import("./set-replicas.ts")).setReplicas(input, context),
};
