import type { Command } from "../../command.ts";
import { argumentsOf } from "../../input.ts";

export const apiDocs = link({
  name: "api-docs",
  summary: "Prints where the root describes its API",
  urlOf: (server) => `${server}/api/docs`,
});

export const dashboardLink = link({
  name: "dashboard-link",
  summary: "Prints where the dashboard is, if one is installed beside the root",
  // upstream: on the machine of the root, at the usual port
  urlOf: (server) => `http://${new URL(server).hostname}:80`,
});

interface Link {
  name: string;
  summary: string;
  urlOf(server: string): string;
}

function link({ name, summary, urlOf }: Link): Command {
  return {
    name,
    summary,
    usage: "",
    args: [],
    options: {},
    examples: [`oak ${name}`],
    run: async (input, { out, settings }) => {
      argumentsOf(input, {});
      const { server } = await settings();
      const url = urlOf(server);
      if (out.isForPrograms) await out.document({ url });
      else out.text(`${url}\n`);
      return 0;
    },
  };
}
