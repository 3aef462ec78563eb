import type { Command, CommandGroup } from "../../command.ts";
import { yesOption } from "../../confirm.ts";
import { liveOption } from "../../output/live.ts";
import { waitOption } from "../../wait.ts";
import { limitOption, verbosityOption } from "../app/app.ts";
import { logs } from "../logs/logs.ts";
import { scale } from "../scale/scale.ts";

const naming =
  "A name may be service, service.namespace, application.service or application.namespace.service.namespace.";

function scaleBy(name: "up" | "down", summary: string): Command {
  return {
    name,
    summary,
    usage: "ID|NAME COUNT [--wait[=TIME]]",
    args: ["service", []],
    options: { wait: waitOption },
    notes: [naming, "`oak scale NAME N` sets the number of instances at once."],
    examples: [`oak service scale ${name} nginx 2`, `oak s scale ${name} nginx 2 --wait`],
    run: async (input, context) => (await import("./scale.ts")).scaleBy(name, { input, context }),
  };
}

export const service: CommandGroup = {
  name: "service",
  aliases: ["s", "svc", "services"],
  summary: "Services and their instances: list, deploy, look into, scale",
  commands: [
    {
      name: "show",
      aliases: ["s", "ls", "list"],
      summary: "Lists services",
      usage: "[APPLICATION] [-i ID | -n NAME] [options]",
      args: ["application"],
      options: {
        "app-id": { short: "i", value: "ID", complete: "application", help: "of this application" },
        "app-name": {
          short: "n",
          value: "NAME",
          complete: "application",
          help: "of the application of this name",
        },
        verbosity: verbosityOption,
        live: liveOption,
        limit: limitOption,
      },
      examples: ["oak service ls", "oak s s -n clientsrvr -o wide", "oak service ls -q"],
      run: async (input, context) => (await import("./show.ts")).showServices(input, context),
    },
    {
      name: "inspect",
      aliases: ["i"],
      summary: "Shows one service with its instances, or one instance",
      usage: "ID|NAME [N] [-f]",
      args: ["service", "instance"],
      options: {
        follow: { short: "f", help: "show it anew until Ctrl-C" },
        live: { ...liveOption, isHidden: true },
      },
      notes: [naming],
      examples: [
        "oak service inspect nginx",
        "oak s i clientsrvr.nginx 0",
        "oak s i nginx -o yaml",
      ],
      run: async (input, context) => (await import("./inspect.ts")).inspectService(input, context),
    },
    { ...logs, examples: ["oak service logs nginx 0", "oak s logs nginx 0 -f --tail 20"] },
    {
      name: "deploy",
      aliases: ["d"],
      summary: "Starts one more instance",
      usage: "ID|NAME… | --all",
      args: ["service"],
      options: { all: { help: "one of each of your services that has none" }, wait: waitOption },
      notes: [naming],
      examples: ["oak service deploy nginx --wait", "oak s d --all"],
      run: async (input, context) => (await import("./deploy.ts")).deploy(input, context),
    },
    {
      name: "undeploy",
      aliases: ["u"],
      summary: "Stops instances",
      usage: "ID|NAME [N] [-y] [--wait[=TIME]]",
      args: ["service", "instance"],
      options: {
        "service-id": { value: "ID", isHidden: true, help: "older spelling of ID" },
        "instance-id": { value: "N", isHidden: true, help: "older spelling of N" },
        all: { help: "all instances of all your services" },
        yes: yesOption,
        wait: waitOption,
      },
      notes: [naming, "Without N all instances of the service are stopped; the service stays."],
      examples: ["oak service undeploy nginx 0", "oak s u nginx -y --wait", "oak s u --all -y"],
      run: async (input, context) => (await import("./undeploy.ts")).undeploy(input, context),
    },
    {
      name: "scale",
      summary: "More instances, or fewer; or so many: oak service scale NAME COUNT",
      otherwise: scale,
      commands: [
        scaleBy("up", "Starts so many instances more"),
        scaleBy("down", "Stops so many instances"),
      ],
    },
  ],
};
