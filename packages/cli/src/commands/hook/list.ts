import { type Doc, idAt, textAt, textsAt } from "../../api/answers.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf } from "../../input.ts";
import type { Column } from "../../output/table.ts";
import { hookNameOf } from "./hooks.ts";

const columns: readonly Column<Doc>[] = [
  { title: "NAME", of: hookNameOf },
  { title: "ENTITY", of: (item) => textAt(item, "entity") },
  { title: "EVENTS", of: (item) => textsAt(item, "events").join(",") },
  { title: "STATE", of: (item) => textAt(item, "state"), colour: colourOfState },
  { title: "PENDING", isRight: true, of: (item) => textAt(item, "pending") },
  { title: "URL", of: (item) => textAt(item, "webhook_url") },
  { title: "FAILURES", isWide: true, isRight: true, of: (item) => textAt(item, "failures") },
  { title: "ID", isWide: true, of: (item) => idAt(item) },
];

export async function listHooks(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const api = await context.api();
  await context.out.list(await api.list("/api/hooks", { limit }), {
    columns,
    nameOf: hookNameOf,
    ifEmpty: "no hooks: `oak hook create` registers one",
  });
  return exitCodes.fine;
}

function colourOfState(state: string): "green" | "yellow" | undefined {
  if (state === "working") return "green";
  return state === "paused" ? "yellow" : undefined;
}
