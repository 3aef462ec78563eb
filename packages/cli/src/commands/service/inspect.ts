import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, hasFlag } from "../../input.ts";
import { drawLive } from "../../output/live.ts";
import { findInstance, findService } from "../../resolve/resolve.ts";
import { printInstance, printService } from "./print-service.ts";

export async function inspectService(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const [word = "", number] = argumentsOf(input, { required: ["ID|NAME"], optional: ["N"] });
  const api = await context.api();
  const draw = async (): Promise<void> => {
    const service = await findService(api, word);
    if (number === undefined) return printService(service, context);
    await printInstance(findInstance(service, number), context);
  };
  if (hasFlag(input, "follow") || hasFlag(input, "live")) return drawLive(context, draw);
  await draw();
  return exitCodes.fine;
}
