import type { CommandGroup } from "../../command.ts";
import { liveOption } from "../../output/live.ts";
import { limitOption, verbosityOption } from "../app/app.ts";

export const cluster: CommandGroup = {
  name: "cluster",
  aliases: ["cl", "clusters"],
  summary: "Clusters: list, look into",
  commands: [
    {
      name: "list",
      aliases: ["ls", "l", "show"],
      summary: "Lists clusters",
      usage: "[-a] [options]",
      args: [],
      options: {
        all: { short: "a", help: "those that are away, too" },
        verbosity: verbosityOption,
        live: liveOption,
        limit: limitOption,
      },
      examples: ["oak cluster ls", "oak cl ls -a -o wide", "oak cl ls -q"],
      run: async (input, context) => (await import("./list.ts")).listClusters(input, context),
    },
    {
      name: "info",
      aliases: ["i", "inspect"],
      summary: "Shows one cluster",
      usage: "ID|NAME",
      args: ["cluster"],
      options: {},
      examples: ["oak cluster info munich", "oak cl i munich -o json"],
      run: async (input, context) => (await import("./info.ts")).showCluster(input, context),
    },
  ],
};
