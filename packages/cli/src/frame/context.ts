import type { Api } from "../api/api.ts";
import type { Command, CommandContext, CommandInput, CommandIo } from "../command.ts";
import type { Settings } from "../config/settings.ts";
import { hasFlag } from "../input.ts";
import { createOutput, formatOf } from "../output/output.ts";

/** @throws UsageError when the wanted output does not exist */
export function createContext(
  command: Command,
  input: CommandInput,
  { io, commands }: Pick<CommandContext, "io" | "commands">,
): CommandContext & { end(): void } {
  const out = createOutput(io, {
    format: formatOf(command, input),
    isQuiet: hasFlag(input, "quiet"),
    hasColours: hasColours(input, io),
  });
  let settings: Promise<Settings> | undefined;
  let api: Promise<Api> | undefined;
  const context: CommandContext = {
    io,
    out,
    commands,
    settings: () => {
      settings ??= import("../config/settings.ts").then(({ readSettings }) =>
        readSettings(input, io),
      );
      return settings;
    },
    api: () => {
      api ??= import("../api/create-api.ts").then(async ({ createApiFor }) =>
        createApiFor(await context.settings(), io),
      );
      return api;
    },
  };
  return {
    ...context,
    end: () => {
      out.end();
      // Connections that are kept would keep the process as well.
      api?.then(
        (one) => one.close(),
        () => undefined,
      );
    },
  };
}

/** https://no-color.org */
function hasColours(input: CommandInput, { env, isTerminal }: CommandIo): boolean {
  const isUnwanted = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return isTerminal && !isUnwanted && !hasFlag(input, "no-color");
}
