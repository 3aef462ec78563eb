import type { Command } from "../../command.ts";
import { fileOption } from "../../document.ts";
import { waitOption } from "../../wait.ts";

export const update: Command = {
  name: "update",
  aliases: ["set-image"],
  summary: "Changes a service, and replaces its instances step by step",
  usage: "ID|NAME -f FILE | --image IMAGE [options]",
  args: ["service"],
  options: {
    file: fileOption,
    image: { short: "i", value: "IMAGE", help: "change the image alone" },
    "max-surge": { value: "N", help: "so many instances more than wanted meanwhile" },
    "max-unavailable": { value: "N", help: "so many fewer meanwhile" },
    pause: { value: "TIME", help: "between two steps" },
    "dry-run": { help: "say what would happen; change nothing" },
    wait: waitOption,
  },
  notes: [
    "FILE holds one service, or an SLA that has one of this name. When new instances fail, it is rolled back by itself.",
  ],
  examples: [
    "oak update web --image docker.io/library/nginx:1.27 --wait",
    "oak update shop.web -f shop.yaml --max-surge 2 --pause 10s",
    "oak update web -f web.yaml --dry-run",
  ],
  run: async (input, context) => (await import("./run-update.ts")).updateService(input, context),
};
