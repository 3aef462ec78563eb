import { textAt } from "../../api/answers.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf, hasFlag } from "../../input.ts";
import { eventColumns } from "./event-columns.ts";
import { eventFilter } from "./event-filter.ts";
import { watchEvents } from "./watch-events.ts";

const usualLimit = 100;

export async function tellEvents(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const api = await context.api();
  const query = await eventFilter(input, api);
  if (hasFlag(input, "watch")) return watchEvents(query, context);
  const found = await api.list("/api/events", { query, limit: limit ?? usualLimit });
  await context.out.list(found.toReversed(), {
    columns: eventColumns,
    nameOf: (one) => textAt(one, "id") ?? "",
    ifEmpty: "nothing happened",
    answer: found,
  });
  return exitCodes.fine;
}
