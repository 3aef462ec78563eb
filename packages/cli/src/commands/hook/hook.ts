import type { Command, CommandGroup, OptionSpecs } from "../../command.ts";
import { yesOption } from "../../confirm.ts";
import { limitOption } from "../app/app.ts";
import { hookEvents } from "./hook-events.ts";

const entities = ["resources", "applications", "jobs", "instances"] as const;

const writeOptions: OptionSpecs = {
  entity: {
    value: "KIND",
    complete: entities,
    help: `${entities.join(", ")}, or a type of custom resources`,
  },
  event: {
    short: "e",
    value: "EVENT",
    isMultiple: true,
    complete: hookEvents,
    help: `${hookEvents.join(", ")}; several with commas`,
  },
  "secret-stdin": { help: "read the key of the signatures from standard input" },
};

const look: Command[] = [
  {
    name: "ls",
    aliases: ["list", "show", "s"],
    summary: "Lists hooks",
    usage: "[options]",
    args: [],
    options: { limit: limitOption },
    examples: ["oak hook ls"],
    run: async (input, context) => (await import("./list.ts")).listHooks(input, context),
  },
  {
    name: "inspect",
    aliases: ["i"],
    summary: "Shows one hook",
    usage: "ID|NAME",
    args: ["hook"],
    options: {},
    examples: ["oak hook inspect audit"],
    run: async (input, context) => (await import("./inspect.ts")).inspectHook(input, context),
  },
  {
    name: "deliveries",
    aliases: ["log"],
    summary: "Lists what a hook was told, and what came of it",
    usage: "ID|NAME [options]",
    args: ["hook"],
    options: { limit: limitOption },
    examples: ["oak hook deliveries audit --limit 20"],
    run: async (input, context) => (await import("./deliveries.ts")).listDeliveries(input, context),
  },
  {
    name: "test",
    aliases: ["ping"],
    summary: "Sends a hook a ping; exit code 1 when that fails",
    usage: "ID|NAME",
    args: ["hook"],
    options: {},
    examples: ["oak hook test audit"],
    run: async (input, context) => (await import("./test-hook.ts")).testHook(input, context),
  },
];

const write: Command[] = [
  {
    name: "create",
    aliases: ["add"],
    summary: "Registers a hook; its key is shown this once",
    usage: "NAME URL --entity KIND --event EVENT",
    args: [[], []],
    options: writeOptions,
    notes: [
      "pre_ events are asked and may change or refuse a write, post_ events are told after it.",
    ],
    examples: [
      "oak hook create audit https://audit.example/oak --entity applications -e post_create,post_delete",
    ],
    run: async (input, context) => (await import("./create.ts")).createHook(input, context),
  },
  {
    name: "update",
    summary: "Changes a hook, or exchanges its key",
    usage: "ID|NAME [options]",
    args: ["hook"],
    options: {
      name: { value: "NAME", help: "call it so" },
      url: { value: "URL", help: "tell it there" },
      ...writeOptions,
      "rotate-secret": { help: "make a new key; the old one signs beside it for a day" },
    },
    examples: ["oak hook update audit -e post_update", "oak hook update audit --rotate-secret"],
    run: async (input, context) => (await import("./create.ts")).updateHook(input, context),
  },
  {
    name: "delete",
    aliases: ["rm", "d"],
    summary: "Removes a hook, with what it was not told yet",
    usage: "ID|NAME [-y]",
    args: ["hook"],
    options: { yes: yesOption },
    examples: ["oak hook delete audit -y"],
    run: async (input, context) => (await import("./delete.ts")).deleteHook(input, context),
  },
];

export const hook: CommandGroup = {
  name: "hook",
  aliases: ["hooks"],
  summary: "Hooks: who is asked or told when something is written",
  commands: [...look, ...write],
};
