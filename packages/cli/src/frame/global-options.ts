import type { OptionSpecs } from "../command.ts";

/** Known everywhere, before and after the command. One of a command with the same name goes before it. */
export const globalOptions: OptionSpecs = {
  output: {
    short: "o",
    value: "FORMAT",
    complete: ["table", "wide", "json", "yaml"],
    help: "table, wide, json or yaml",
  },
  quiet: { short: "q", help: "names or ids only; nothing about what goes on" },
  "no-color": { help: "no colours, on a terminal too" },
  help: { short: "h", help: "this text" },
};

/** How a root is reached; of commands that talk to one. */
export const serverOptions: OptionSpecs = {
  context: { value: "NAME", complete: "context", help: "the root of this name (OAK_CONTEXT)" },
  server: { value: "URL", help: "the root at this address (OAK_SERVER)" },
  ca: { value: "FILE", complete: "file", help: "trust certificates of this authority (OAK_CA)" },
  insecure: { help: "trust any certificate; for tests only" },
  timeout: { value: "TIME", help: "longest wait for one answer, 30s by default" },
};
