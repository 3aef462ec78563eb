import { type Doc, idAt, textAt, timeAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf } from "../../input.ts";
import type { Column } from "../../output/table.ts";
import { findHook } from "./hooks.ts";

const columns: readonly Column<Doc>[] = [
  { title: "TIME", of: (item) => timeAt(item, "at") },
  { title: "EVENT", of: (item) => textAt(item, "event") },
  { title: "ENTITY", of: (item) => textAt(item, "entity") },
  { title: "ENTITY ID", of: (item) => textAt(item, "entity_id") },
  { title: "OUTCOME", of: (item) => textAt(item, "outcome"), colour: colourOfOutcome },
  { title: "STATUS", isRight: true, of: (item) => textAt(item, "status") },
  { title: "MS", isRight: true, of: (item) => textAt(item, "duration_ms") },
  { title: "ATTEMPTS", isRight: true, of: (item) => textAt(item, "attempts") },
  { title: "ID", isWide: true, of: (item) => textAt(item, "id") },
  { title: "ERROR", of: (item) => textAt(item, "error") },
];

export async function listDeliveries(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const api = await context.api();
  const id = idAt(await findHook(api, word));
  await context.out.list(await api.list(apiPath`/api/hooks/${id}/deliveries`, { limit }), {
    columns,
    nameOf: (item) => textAt(item, "id") ?? "",
    ifEmpty: "it was told nothing yet: `oak hook test` tells it something",
  });
  return exitCodes.fine;
}

function colourOfOutcome(outcome: string): "green" | "red" | "yellow" | undefined {
  if (["delivered", "changed"].includes(outcome)) return "green";
  if (["failed", "given_up", "dropped"].includes(outcome)) return "red";
  return outcome === "-" || outcome === "" ? undefined : "yellow";
}
