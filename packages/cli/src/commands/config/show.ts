import type { CommandContext, CommandInput } from "../../command.ts";
import { createConfigFile } from "../../config/config-file.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import { contextRows } from "./contexts.ts";

export async function showConfig(
  input: CommandInput,
  { io, out }: CommandContext,
): Promise<number> {
  argumentsOf(input, {});
  const file = createConfigFile(io.env);
  const config = await file.read();
  const contexts = contextRows(config);
  const answer = { file: file.path, current: config.current, contexts, values: config.values };
  await out.show(answer, () => [
    ["file", file.path],
    ["current context", config.current],
    ...contexts.map(
      ({ name, server, login }) => [`context ${name}`, `${server} (${login})`] as const,
    ),
    ...Object.entries(config.values),
  ]);
  return exitCodes.fine;
}
