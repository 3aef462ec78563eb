import { idAt } from "../../api/answers.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf, hasFlag, textOf } from "../../input.ts";
import { drawLive } from "../../output/live.ts";
import { findCluster } from "../../resolve/resolve.ts";
import { nodeColumns, nodeNameOf } from "./node-columns.ts";

export async function listNodes(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const word = textOf(input, "cluster");
  const api = await context.api();
  const cluster = word === undefined ? undefined : idAt(await findCluster(api, word));
  const draw = async (): Promise<void> =>
    context.out.list(await api.list("/api/nodes", { limit, query: { cluster } }), {
      columns: nodeColumns,
      nameOf: nodeNameOf,
      ifEmpty: "no nodes yet: `oak install worker` makes one of a machine",
    });
  if (hasFlag(input, "live")) return drawLive(context, draw);
  await draw();
  return exitCodes.fine;
}
