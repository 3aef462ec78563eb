import type { CommandContext, CommandInput } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf, hasFlag, textOf } from "../../input.ts";
import { drawLive } from "../../output/live.ts";
import { type Load, type LoadKind, loadKindNamed } from "./load-kinds.ts";
import { topKinds } from "./top-kinds.ts";

export async function showTop(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = "node"] = argumentsOf(input, { optional: ["KIND"] });
  const kind = loadKindNamed(word.replace(/s$/, ""));
  if (kind === undefined) {
    throw new UsageError(`top shows ${topKinds.join(", ")}, not ${JSON.stringify(word)}`);
  }
  const order = orderOf(input);
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const draw = (): Promise<void> => drawOnce(kind, { order, limit }, context);
  if (!hasFlag(input, "once") && context.out.isLive) return drawLive(context, draw);
  await draw();
  return exitCodes.fine;
}

type Order = "cpu" | "memory";

function orderOf(input: CommandInput): Order {
  const by = textOf(input, "by") ?? "cpu";
  if (by === "cpu" || by === "memory") return by;
  throw new UsageError(`--by is cpu or memory, not ${JSON.stringify(by)}`);
}

async function drawOnce(
  { columns, read }: LoadKind,
  { order, limit }: { order: Order; limit: number | undefined },
  context: CommandContext,
): Promise<void> {
  const loads = await read(await context.api());
  const value = (load: Load): number => load[order] ?? -1;
  const sorted = loads.toSorted(
    (one, other) => value(other) - value(one) || one.name.localeCompare(other.name),
  );
  const shown = limit === undefined ? sorted : sorted.slice(0, limit);
  await context.out.list(shown, {
    columns,
    nameOf: ({ name }) => name,
    ifEmpty: "nothing is there",
    answer: shown.map(({ doc }) => doc),
  });
}
