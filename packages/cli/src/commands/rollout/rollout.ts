import type { CommandGroup } from "../../command.ts";
import { waitOption } from "../../wait.ts";

export const rollout: CommandGroup = {
  name: "rollout",
  aliases: ["ro", "rollouts"],
  summary: "Updates of a service: how far, what before, back again",
  commands: [
    {
      name: "status",
      summary: "Tells how far the update of a service is",
      usage: "ID|NAME [-w]",
      args: ["service"],
      options: {
        watch: { short: "w", help: "go on until it has ended" },
      },
      notes: [
        "Exit code 1 when it failed or was rolled back; with -w that of its end.",
        "-w -o json prints one JSON document a line.",
      ],
      examples: ["oak rollout status web", "oak rollout status web -w"],
      run: async (input, context) => (await import("./status.ts")).rolloutStatus(input, context),
    },
    {
      name: "history",
      aliases: ["revisions", "ls"],
      summary: "Lists the revisions that are kept, and what each changed",
      usage: "ID|NAME [--revision N]",
      args: ["service"],
      options: {
        revision: { value: "N", help: "this one: what it changed, field by field" },
      },
      examples: ["oak rollout history web", "oak rollout history web --revision 3"],
      run: async (input, context) => (await import("./history.ts")).rolloutHistory(input, context),
    },
    {
      name: "undo",
      aliases: ["rollback"],
      summary: "Goes back to an earlier revision",
      usage: "ID|NAME [--to N] [--wait[=TIME]]",
      args: ["service"],
      options: {
        to: { value: "N", help: "this revision; the one before without it" },
        wait: waitOption,
      },
      examples: ["oak rollout undo web --wait", "oak rollout undo web --to 3"],
      run: async (input, context) => (await import("./undo.ts")).undoRollout(input, context),
    },
  ],
};
