import { type Doc, idAt, textAt, textsAt, timeAt } from "../../api/answers.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf } from "../../input.ts";
import type { Column } from "../../output/table.ts";

const columns: readonly Column<Doc>[] = [
  { title: "NAME", of: (item) => textAt(item, "name") },
  { title: "SCOPES", of: (item) => textsAt(item, "scopes").join(",") },
  { title: "CREATED", of: (item) => timeAt(item, "created_at") },
  { title: "EXPIRES", of: (item) => timeAt(item, "expires_at") ?? "never" },
  { title: "LAST USED", of: (item) => timeAt(item, "last_used_at") ?? "never" },
  { title: "ID", of: (item) => idAt(item) },
];

export async function listTokens(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const api = await context.api();
  await context.out.list(await api.list("/api/tokens", { limit }), {
    columns,
    nameOf: (item) => idAt(item),
    ifEmpty: "no tokens: `oak token create NAME` makes one",
  });
  return exitCodes.fine;
}
