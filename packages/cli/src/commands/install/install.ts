import type { Command, CommandGroup } from "../../command.ts";
import type { Part } from "./scripts.ts";

const words: Readonly<Record<Part, string>> = {
  root: "the root: what users talk to, and what clusters join",
  cluster: "a cluster: what the workers of one site join",
  full: "root and cluster together",
  worker: "a worker: where applications run",
};

export const install: CommandGroup = {
  name: "install",
  aliases: ["installer"],
  summary: "Makes this machine a root, a cluster, a worker, or all of it but the worker",
  commands: (["root", "cluster", "worker", "full"] as const).map(installOf),
};

export const uninstall: CommandGroup = {
  name: "uninstall",
  summary: "Takes out what `oak install` made of this machine",
  commands: (["root", "cluster", "worker", "full"] as const).map(uninstallOf),
};

function installOf(part: Part): Command {
  return {
    name: part,
    summary: `Starts ${words[part]}, on this machine`,
    usage: "[VERSION] [-- OPTIONS OF THE SCRIPT]",
    args: [],
    options: { "dry-run": { help: "only print what would be run" } },
    notes: [
      "It runs the script of the repository or of /opt/oak; `oak config set main_oak_repo_path FOLDER` tells where a clone is.",
      "VERSION is the tag of the images. Names and addresses that `oak config set` keeps are handed on; the script asks for others.",
    ],
    examples: [
      `oak install ${part}`,
      `oak install ${part} --dry-run`,
      `oak install ${part} -- --help`,
    ],
    run: async (input, context) =>
      (await import("./run-script.ts")).installPart(part, { input, context }),
  };
}

function uninstallOf(part: Part): Command {
  return {
    name: part,
    summary: `Stops ${words[part]}, and deletes its data and settings`,
    usage: "[-y] [--keep-data]",
    args: [],
    options: {
      yes: { short: "y", help: "do not ask" },
      "keep-data": { help: "keep data and settings, to be started again" },
      "dry-run": { help: "only print what would be run" },
    },
    examples: [`oak uninstall ${part}`, `oak uninstall ${part} --keep-data`],
    run: async (input, context) =>
      (await import("./run-script.ts")).uninstallPart(part, { input, context }),
  };
}

export const worker: Command = {
  name: "worker",
  aliases: ["w"],
  summary: "Looks after the worker on this machine; the same as NodeEngine",
  usage: "[status|logs|stop|restart|config …] [options of NodeEngine]",
  options: { "dry-run": { help: "only print what would be run" } },
  isLocal: true,
  isPassedOn: true,
  notes: ["All words go to NodeEngine as they are; `oak worker -d` starts the worker."],
  examples: ["oak worker status", "oak worker -d", "oak worker config name garage-2"],
  run: async (input, context) => (await import("./run-script.ts")).runNodeEngine(input, context),
};
