import { textAt, timeAt } from "../../api/answers.ts";
import { fieldLines } from "../../changes/change-lines.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf } from "../../input.ts";
import type { Column } from "../../output/table.ts";
import { notFound } from "../../resolve/pick.ts";
import { findService, serviceNameOf } from "../../resolve/resolve.ts";
import { type Revision, revisionsOf, specOf } from "./revisions.ts";

const columns: readonly Column<Revision>[] = [
  { title: "REVISION", isRight: true, of: ({ number }) => number },
  { title: "CURRENT", of: ({ doc }) => doc["current"] === true },
  { title: "CREATED", of: ({ doc }) => timeAt(doc, "created_at") },
  { title: "BY", of: ({ doc }) => textAt(doc, "created_by") },
  { title: "IMAGE", of: ({ doc }) => textAt(specOf(doc), "code", "image") },
  { title: "CHANGES", of: (one) => one.changes?.map(({ path }) => path.slice(1)).join(", ") },
];

export async function rolloutHistory(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const wanted = countOf(input, "revision", { min: 1, max: Number.MAX_SAFE_INTEGER });
  const api = await context.api();
  const service = await findService(api, word);
  const revisions = await revisionsOf(api, service);
  const { out } = context;
  if (wanted === undefined) {
    await out.list(revisions, {
      columns,
      nameOf: ({ number }) => String(number),
      answer: revisions.map(({ doc }) => doc),
    });
    return exitCodes.fine;
  }
  const found = revisions.find(({ number }) => number === wanted);
  if (found === undefined) {
    const numbers = revisions.map(({ number }) => String(number));
    throw notFound(`revision of ${serviceNameOf(service)}`, String(wanted), numbers);
  }
  await showRevision(found, context);
  return exitCodes.fine;
}

async function showRevision(
  { doc, number, changes }: Revision,
  { out }: CommandContext,
): Promise<void> {
  await out.show(doc, () => [
    ["revision", number],
    ["current", doc["current"] === true],
    ["created", timeAt(doc, "created_at")],
    ["by", textAt(doc, "created_by")],
  ]);
  if (out.isForPrograms) return;
  if (changes === undefined) {
    out.note("the revision before it is not kept; -o yaml shows all of this one");
  } else {
    out.lines(fieldLines(changes, 2));
  }
}
