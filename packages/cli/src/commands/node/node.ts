import type { CommandGroup } from "../../command.ts";
import { liveOption } from "../../output/live.ts";
import { limitOption } from "../app/app.ts";

const cluster = {
  short: "c",
  value: "NAME",
  complete: "cluster",
  help: "of this cluster only",
} as const;

export const node: CommandGroup = {
  name: "node",
  aliases: ["nodes", "n"],
  summary: "Nodes, the machines of the clusters: list, look into",
  commands: [
    {
      name: "ls",
      aliases: ["list", "show", "s"],
      summary: "Lists the nodes of all clusters",
      usage: "[-c CLUSTER] [options]",
      args: [],
      options: { cluster, limit: limitOption, live: liveOption },
      examples: ["oak node ls", "oak node ls -c garage -o wide", "oak node ls -q"],
      run: async (input, context) => (await import("./list.ts")).listNodes(input, context),
    },
    {
      name: "inspect",
      aliases: ["i"],
      summary: "Shows one node: hardware, load, and what runs there",
      usage: "ID|NAME",
      args: ["node"],
      options: {},
      notes: ["Where two clusters have nodes of one name: CLUSTER.NAME."],
      examples: ["oak node inspect garage-1", "oak node i garage.pi -o yaml"],
      run: async (input, context) => (await import("./inspect.ts")).inspectNode(input, context),
    },
  ],
};
