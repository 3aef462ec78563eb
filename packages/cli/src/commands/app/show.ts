import { type Doc, idAt, textAt, textsAt } from "../../api/answers.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf, hasFlag } from "../../input.ts";
import { drawLive } from "../../output/live.ts";
import type { Column } from "../../output/table.ts";
import { withVerbosity } from "../../output/verbosity.ts";
import { listApplications } from "../../resolve/own-lists.ts";

const columns: readonly Column<Doc>[] = [
  { title: "NAME", of: (item) => textAt(item, "application_name") },
  { title: "NAMESPACE", of: (item) => textAt(item, "application_namespace") },
  { title: "SERVICES", isRight: true, of: (item) => textsAt(item, "microservices").length },
  { title: "ID", of: (item) => idAt(item, "applicationID") },
  { title: "USER", isWide: true, of: (item) => textAt(item, "userId") },
  { title: "DESCRIPTION", isWide: true, of: (item) => textAt(item, "application_desc") },
];

export async function showApplications(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  argumentsOf(input, {});
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const isWide = withVerbosity(input, context.out);
  const api = await context.api();
  const draw = async (): Promise<void> =>
    context.out.list(await listApplications(api, { limit }), {
      columns,
      isWide,
      nameOf: (item) => textAt(item, "application_name") ?? "",
      ifEmpty: "no applications yet: `oak app create -f FILE` makes one",
    });
  if (hasFlag(input, "live")) return drawLive(context, draw);
  await draw();
  return exitCodes.fine;
}
