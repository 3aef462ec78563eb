import type { CommandGroup, OptionSpec } from "../../command.ts";
import { yesOption } from "../../confirm.ts";
import { fileOption } from "../../document.ts";
import { examples } from "../../examples/examples.ts";
import { liveOption } from "../../output/live.ts";
import { waitOption } from "../../wait.ts";

const exampleNames = examples.map(({ name }) => name);

/** upstream: of the lists of the older tool; `-o` says the same. */
export const verbosityOption: OptionSpec = {
  short: "v",
  value: "HOW",
  complete: ["simple", "detailed", "exhaustive"],
  help: "simple, detailed (as -o wide) or exhaustive",
};

export const limitOption: OptionSpec = { value: "N", help: "no more than these" };

export const app: CommandGroup = {
  name: "app",
  aliases: ["a", "apps", "application", "applications"],
  summary: "Applications: list, create, delete",
  commands: [
    {
      name: "show",
      aliases: ["s", "ls", "list"],
      summary: "Lists your applications",
      usage: "[options]",
      args: [],
      options: { verbosity: verbosityOption, live: liveOption, limit: limitOption },
      examples: ["oak app ls", "oak a s -o wide", "oak app ls -o json"],
      run: async (input, context) => (await import("./show.ts")).showApplications(input, context),
    },
    {
      name: "create",
      aliases: ["c"],
      summary: "Creates the applications of an SLA",
      usage: "[SLA] [-f FILE] [-d] [--wait[=TIME]]",
      args: [exampleNames],
      options: {
        file: fileOption,
        deploy: { short: "d", help: "deploy one instance of each service, too" },
        wait: waitOption,
        "dry-run": { help: "let the root check it, and create nothing" },
        "sla-file-name": { value: "SLA", isHidden: true, help: "older spelling of SLA" },
      },
      notes: [
        "SLA is a file, or one that comes with this command (`oak app sla` lists them). Without either, a terminal is asked which.",
        "`oak apply -f FILE` creates as well, and changes what is there already.",
      ],
      examples: [
        "oak app create -f sla.yaml -d --wait",
        "oak a c default_app_with_services -d",
        "oak app sla edge_gaming -o yaml | sed 's/gaming/mine/' | oak app create -f -",
      ],
      run: async (input, context) =>
        (await import("./create.ts")).createApplications(input, context),
    },
    {
      name: "delete",
      aliases: ["d", "rm"],
      summary: "Deletes applications with all their services and instances",
      usage: "[ID|NAME…] [-y] [--wait[=TIME]]",
      args: ["application"],
      options: { yes: yesOption, wait: waitOption },
      notes: ["Without a name each of your applications is asked for, or taken with -y."],
      examples: ["oak app delete clientsrvr", "oak a d 65f0a1b2c3d4e5f6a7b8c9d0 -y --wait"],
      run: async (input, context) =>
        (await import("./delete.ts")).deleteApplications(input, context),
    },
    {
      name: "sla",
      summary: "Shows the SLAs that come with this command",
      usage: "[NAME]",
      args: [exampleNames],
      options: {},
      isLocal: true,
      examples: ["oak app sla", "oak app sla default_app_with_services > sla.json"],
      run: async (input, context) => (await import("./sla.ts")).showSla(input, context),
    },
  ],
};
