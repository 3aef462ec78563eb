import { type Doc, idAt, textAt, textsAt } from "../../api/answers.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf } from "../../input.ts";
import type { Column } from "../../output/table.ts";

const columns: readonly Column<Doc>[] = [
  { title: "NAME", of: (item) => textAt(item, "application_name") },
  { title: "NAMESPACE", of: (item) => textAt(item, "application_namespace") },
  { title: "SERVICES", isRight: true, of: (item) => textsAt(item, "microservices").length },
  { title: "ID", of: (item) => idAt(item, "applicationID") },
  { title: "DESCRIPTION", isWide: true, of: (item) => textAt(item, "application_desc") },
];

export async function showApplications(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  argumentsOf(input, {});
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const api = await context.api();
  await context.out.list(await api.list("/api/applications", { limit }), {
    columns,
    nameOf: (item) => textAt(item, "application_name") ?? "",
    ifEmpty: "no applications yet: `oak app create -f FILE` makes one",
  });
  return exitCodes.fine;
}
