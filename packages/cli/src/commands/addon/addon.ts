import type { Command, CommandGroup, OptionSpecs } from "../../command.ts";
import { yesOption } from "../../confirm.ts";
import { fileOption } from "../../document.ts";

const urlOption: OptionSpecs = {
  url: { value: "URL", help: "of the FLOps manager; port 5072 of the root's machine by default" },
};

/** upstream: `oak addon flops …`; each is one request to the manager of FLOps. */
export const addon: CommandGroup = {
  name: "addon",
  aliases: ["addons"],
  summary: "Programs beside the root: FLOps",
  commands: [
    {
      name: "flops",
      aliases: ["f"],
      summary: "Federated learning",
      commands: [
        sending("project", "Starts a project", "POST /api/flops/projects"),
        sending("mock-data", "Lets mock data be sent to the learners", "POST /api/flops/mocks"),
        {
          name: "tracking",
          aliases: ["t"],
          summary: "Tells where the progress of a customer's projects is shown",
          usage: "[CUSTOMER]",
          options: urlOption,
          examples: ["oak addon flops tracking Admin"],
          run: async (input, context) => (await import("./flops.ts")).showTracking(input, context),
        },
        {
          name: "reset-database",
          aliases: ["r"],
          summary: "Deletes all that FLOps knows",
          usage: "[-y]",
          options: { ...urlOption, yes: yesOption },
          examples: ["oak addon flops reset-database -y"],
          run: async (input, context) => (await import("./flops.ts")).resetDatabase(input, context),
        },
      ],
    },
  ],
};

function sending(name: "project" | "mock-data", summary: string, request: string): Command {
  return {
    name,
    aliases: [name.slice(0, 1)],
    summary,
    usage: "-f FILE",
    options: { ...urlOption, file: fileOption },
    notes: [`The document is the body of ${request}.`],
    examples: [`oak addon flops ${name} -f ${name}.json`],
    run: async (input, context) => (await import("./flops.ts")).sendTo(name, { input, context }),
  };
}
