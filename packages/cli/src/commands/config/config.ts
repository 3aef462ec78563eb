import type { CommandGroup } from "../../command.ts";
import { olderKeys, serverKeys } from "../../config/older-keys.ts";

export const config: CommandGroup = {
  name: "config",
  aliases: ["c"],
  summary: "What this command remembers: roots, credentials, names",
  commands: [
    {
      name: "show",
      aliases: ["s"],
      summary: "Shows what is remembered; no passwords and tokens",
      usage: "",
      options: {},
      examples: ["oak config show", "oak config show -o json"],
      isLocal: true,
      run: async (input, context) => (await import("./show.ts")).showConfig(input, context),
    },
    {
      name: "set",
      summary: "Sets one value",
      usage: "KEY VALUE",
      args: [[...serverKeys, "ca", "insecure", ...olderKeys]],
      options: {},
      notes: [
        `Keys of the chosen context: ${serverKeys.join(" or ")} (its address: HOST, HOST:PORT or a URL), ca, insecure.`,
        `Others: ${olderKeys.join(", ")}. An empty value forgets it.`,
      ],
      examples: [
        "oak config set system_manager_ip 192.0.2.10",
        "oak config set system_manager_ip https://oak.example.org/edge",
        "oak config set cluster_location 48.14,11.58,1000",
      ],
      run: async (input, context) => (await import("./set.ts")).setValue(input, context),
    },
    {
      name: "credentials",
      summary: "Keeps a name and a password for the chosen root; `oak login` keeps a session only",
      usage: "[USER] [--password-stdin]",
      options: {
        user: { short: "u", value: "NAME", help: "the same as USER" },
        "password-stdin": { help: "read the password from standard input" },
        clear: { help: "forget them" },
      },
      examples: [
        "oak config credentials Admin",
        "oak config credentials Admin --password-stdin < password.txt",
      ],
      run: async (input, context) =>
        (await import("./credentials.ts")).keepCredentials(input, context),
    },
    {
      name: "contexts",
      aliases: ["ls", "list"],
      summary: "Lists the roots that are remembered",
      usage: "",
      options: {},
      examples: ["oak config contexts"],
      isLocal: true,
      run: async (input, context) => (await import("./contexts.ts")).listContexts(input, context),
    },
    {
      name: "use",
      summary: "Chooses the root that commands go to from now on",
      usage: "CONTEXT",
      args: ["context"],
      options: {},
      examples: ["oak config use garage"],
      isLocal: true,
      run: async (input, context) => (await import("./contexts.ts")).useContext(input, context),
    },
    {
      name: "forget",
      summary: "Removes a root from what is remembered",
      usage: "CONTEXT",
      args: ["context"],
      options: {},
      examples: ["oak config forget garage"],
      isLocal: true,
      run: async (input, context) => (await import("./contexts.ts")).forgetContext(input, context),
    },
    {
      name: "reset",
      summary: "Forgets everything; the old file is kept beside it",
      usage: "[-y]",
      options: { yes: { short: "y", help: "do not ask" } },
      examples: ["oak config reset -y"],
      isLocal: true,
      run: async (input, context) => (await import("./reset.ts")).resetConfig(input, context),
    },
  ],
};
