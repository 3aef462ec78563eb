import type { Command } from "../command.ts";
import { optionSpecs } from "./option-specs.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "Looks at a root, a cluster or a worker, and says what is wrong and what to do about it",
  usage: "root|cluster|worker [--address HOST] [options]",
  options: optionSpecs,
  notes: [
    "Variables: OAK_TOKEN, or OAK_USER and OAK_PASSWORD (root: clusters and instances); OAK_TIER_SECRET (cluster: workers).",
    "What runs on this very machine is looked at from inside as well: containers, units, files, disk.",
  ],
  examples: [
    "oak doctor root",
    "oak doctor root --address 192.0.2.10",
    "OAK_USER=Admin OAK_PASSWORD=… oak doctor root -o json",
    "oak doctor cluster --address 192.0.2.20 --root 192.0.2.10",
    "sudo oak doctor worker",
  ],
  args: [["root", "cluster", "worker"]],
  isLocal: true,
  run: async (input, context) => (await import("./command.ts")).doctorHere(input, context),
};
