import type { CommandGroup } from "../../command.ts";

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
      options: {
        limit: { value: "N", help: "no more than these" },
      },
      examples: ["oak app ls", "oak a s -o wide", "oak app ls -o json"],
      run: async (input, context) => (await import("./show.ts")).showApplications(input, context),
    },
  ],
};
