import type { Command } from "../../command.ts";

export const login: Command = {
  name: "login",
  summary: "Begins a session at a root and remembers it",
  usage: "[SERVER] [--user NAME] [options]",
  args: [],
  options: {
    user: { short: "u", value: "NAME", help: "name of the account; asked for without it" },
    organization: { value: "NAME", help: "the organization of the account (root)" },
    name: { value: "CONTEXT", help: "remember it under this name" },
    "password-stdin": { help: "read the password from standard input" },
    token: {
      value: "TOKEN",
      isOptional: true,
      help: "use a token of `oak token create`; without a value it is read from standard input",
    },
  },
  notes: [
    "Kept are the session's tokens, not the password. The file is told by `oak config show`; its owner alone may read it.",
    "OAK_TOKEN, or OAK_USER and OAK_PASSWORD, do without a login.",
  ],
  examples: [
    "oak login",
    "oak login https://oak.example.org --user Admin --ca ca.pem",
    "oak login 192.0.2.10 --name garage --password-stdin < password.txt",
    "oak login 192.0.2.10 --token < token.txt",
  ],
  run: async (input, context) => (await import("./login.ts")).logIn(input, context),
};

export const logout: Command = {
  name: "logout",
  summary: "Ends the session, at the root too, and forgets it",
  usage: "",
  options: {},
  examples: ["oak logout", "oak logout --context garage"],
  run: async (input, context) => (await import("./logout.ts")).logOut(input, context),
};

export const whoami: Command = {
  name: "whoami",
  summary: "Tells who the root takes you for, with your roles",
  usage: "",
  options: {},
  examples: ["oak whoami", "oak whoami -o json"],
  run: async (input, context) => (await import("./whoami.ts")).tellAccount(input, context),
};
