import type { Command } from "../../command.ts";

export const eventTypes = ["application", "service", "instance", "cluster", "node"] as const;

export const events: Command = {
  name: "events",
  aliases: ["event", "ev"],
  summary: "Tells what happened, when and why",
  usage: "[-w] [--service NAME] [--since TIME] [options]",
  args: [],
  options: {
    watch: { short: "w", help: "go on with what happens from now on, until Ctrl-C" },
    application: { value: "NAME", complete: "application", help: "about this application" },
    service: { short: "s", value: "NAME", complete: "service", help: "about this service" },
    instance: { value: "N", help: "about the instance of this number" },
    cluster: { value: "NAME", complete: "cluster", help: "about this cluster" },
    node: { value: "NAME", complete: "node", help: "about this node" },
    type: { value: "TYPE", isMultiple: true, complete: eventTypes, help: eventTypes.join(", ") },
    level: { value: "LEVEL", complete: ["normal", "warning"], help: "normal or warning" },
    reason: { value: "WORD", isMultiple: true, help: "of this reason only" },
    since: { value: "TIME", help: "10m, 2h, Unix seconds or RFC 3339" },
    limit: { value: "N", help: "the last of them, 100 by default" },
  },
  notes: [
    "The newest comes last. -o json has them as the root answers them, the newest first; with -w one a line as they happen.",
    "With -w a lost connection is taken up again, and nothing is told twice.",
  ],
  examples: [
    "oak events --service web --since 1h",
    "oak events -w --level warning",
    "oak events -w -o json | jq .reason",
  ],
  run: async (input, context) => (await import("./run-events.ts")).tellEvents(input, context),
};
