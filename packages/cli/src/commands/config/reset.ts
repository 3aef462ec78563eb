import { rename } from "node:fs/promises";
import type { CommandContext, CommandInput } from "../../command.ts";
import { emptyConfig } from "../../config/config.ts";
import { createConfigFile } from "../../config/config-file.ts";
import { isConfirmed } from "../../confirm.ts";
import { CliError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";

export async function resetConfig(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  const { io, out } = context;
  const file = createConfigFile(io.env);
  if (!(await isConfirmed(`Forget all roots and credentials in ${file.path}?`, input, context))) {
    throw new CliError("nothing was changed");
  }
  // A file that cannot be read is one reason to be here.
  await rename(file.path, `${file.path}.old`).catch(() => undefined);
  await file.update(() => emptyConfig);
  await out.done(`${file.path} is new; what was there is ${file.path}.old`, { file: file.path });
  return exitCodes.fine;
}
