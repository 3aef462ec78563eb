import { type Doc, docsAt, idAt } from "../../api/answers.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf } from "../../input.ts";
import type { Column } from "../../output/table.ts";
import { organizationNameOf, organizationsPath } from "./organizations.ts";

const columns: readonly Column<Doc>[] = [
  { title: "NAME", of: organizationNameOf },
  { title: "MEMBERS", isRight: true, of: (item) => docsAt(item, "member").length },
  { title: "ID", of: (item) => idAt(item) },
];

export async function listOrganizations(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  argumentsOf(input, {});
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const api = await context.api();
  await context.out.list(await api.list(organizationsPath, { limit }), {
    columns,
    nameOf: organizationNameOf,
  });
  return exitCodes.fine;
}
