import type { Command, CommandGroup } from "../../command.ts";
import { yesOption } from "../../confirm.ts";
import { fileOption } from "../../document.ts";
import { limitOption } from "../app/app.ts";

const types: Command[] = [
  {
    name: "types",
    summary: "Lists the types of custom resources",
    usage: "[options]",
    args: [],
    options: { limit: limitOption },
    examples: ["oak resource types"],
    run: async (input, context) => (await import("./types.ts")).listTypes(input, context),
  },
  {
    name: "define",
    summary: "Makes a type of resources, with the JSON Schema that they follow",
    usage: "TYPE -f SCHEMA",
    args: [[]],
    options: { file: fileOption },
    examples: ["oak resource define camera -f camera.schema.json"],
    run: async (input, context) => (await import("./types.ts")).defineType(input, context),
  },
  {
    name: "undefine",
    summary: "Removes a type with all its resources",
    usage: "TYPE [-y]",
    args: [[]],
    options: { yes: yesOption },
    examples: ["oak resource undefine camera -y"],
    run: async (input, context) => (await import("./types.ts")).undefineType(input, context),
  },
];

const resources: Command[] = [
  {
    name: "ls",
    aliases: ["list", "show", "s"],
    summary: "Lists the resources of a type",
    usage: "TYPE [options]",
    args: [[]],
    options: { limit: limitOption },
    examples: ["oak resource ls camera", "oak resource ls camera -o json"],
    run: async (input, context) => (await import("./resources.ts")).listResources(input, context),
  },
  {
    name: "inspect",
    aliases: ["i"],
    summary: "Shows one resource",
    usage: "TYPE ID",
    args: [[], []],
    options: {},
    examples: ["oak resource inspect camera 65f0c0ffee65f0c0ffee65f0"],
    run: async (input, context) => (await import("./resources.ts")).inspectResource(input, context),
  },
  {
    name: "create",
    aliases: ["add"],
    summary: "Makes a resource",
    usage: "TYPE -f FILE",
    args: [[]],
    options: { file: fileOption },
    examples: ["oak resource create camera -f door.yaml"],
    run: async (input, context) => (await import("./resources.ts")).createResource(input, context),
  },
  {
    name: "update",
    summary: "Changes fields of a resource; what FILE leaves out stays",
    usage: "TYPE ID -f FILE",
    args: [[], []],
    options: { file: fileOption },
    examples: ["oak resource update camera 65f0c0ffee65f0c0ffee65f0 -f door.yaml"],
    run: async (input, context) => (await import("./resources.ts")).updateResource(input, context),
  },
  {
    name: "delete",
    aliases: ["rm", "d"],
    summary: "Deletes a resource",
    usage: "TYPE ID [-y]",
    args: [[], []],
    options: { yes: yesOption },
    examples: ["oak resource delete camera 65f0c0ffee65f0c0ffee65f0 -y"],
    run: async (input, context) => (await import("./resources.ts")).deleteResource(input, context),
  },
];

export const resource: CommandGroup = {
  name: "resource",
  aliases: ["resources", "res"],
  summary: "Custom resources: types of your own, kept beside those of the orchestrator",
  commands: [...types, ...resources],
};
