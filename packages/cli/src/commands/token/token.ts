import type { CommandGroup } from "../../command.ts";
import { limitOption } from "../app/app.ts";
import { scopes } from "./scopes.ts";

export const token: CommandGroup = {
  name: "token",
  aliases: ["tokens"],
  summary: "Tokens for machines: list, create, revoke",
  commands: [
    {
      name: "ls",
      aliases: ["list", "show", "s"],
      summary: "Lists your tokens",
      usage: "[options]",
      args: [],
      options: { limit: limitOption },
      examples: ["oak token ls"],
      run: async (input, context) => (await import("./list.ts")).listTokens(input, context),
    },
    {
      name: "create",
      aliases: ["add"],
      summary: "Makes a token; it is shown this once",
      usage: "NAME [--scope SCOPE] [--expires TIME]",
      args: [[]],
      options: {
        scope: {
          short: "s",
          value: "SCOPE",
          isMultiple: true,
          complete: scopes,
          help: "read (the default), deploy (applications and services too) or admin (all that you may)",
        },
        expires: {
          value: "TIME",
          help: "good for so long, for example 12h or 90d; for ever without it",
        },
      },
      notes: [
        "-q prints the token alone. Programs give it in OAK_TOKEN, `oak login --token` remembers it.",
      ],
      examples: [
        "oak token create ci --scope deploy --expires 90d",
        "OAK_TOKEN=$(oak token create shell -q) oak service ls",
      ],
      run: async (input, context) => (await import("./create.ts")).createToken(input, context),
    },
    {
      name: "revoke",
      aliases: ["delete", "rm"],
      summary: "Ends tokens at once",
      usage: "ID|NAME…",
      args: ["token"],
      options: {},
      examples: ["oak token revoke ci"],
      run: async (input, context) => (await import("./revoke.ts")).revokeTokens(input, context),
    },
  ],
};
