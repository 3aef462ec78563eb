import { VERSION } from "@oak/kit/version";
import type { Command } from "../command.ts";
import { argumentsOf } from "../input.ts";

export const version: Command = {
  name: "version",
  aliases: ["v"],
  summary: "Tells the version of this command",
  usage: "",
  options: {},
  examples: ["oak version"],
  isLocal: true,
  run: async (input, { out }) => {
    argumentsOf(input, {});
    await out.show({ version: VERSION }, () => [["version", VERSION]]);
    return 0;
  },
};
