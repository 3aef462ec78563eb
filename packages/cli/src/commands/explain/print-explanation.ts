import { type Doc, docAt, docsAt, numberAt, textAt, timeAt } from "../../api/answers.ts";
import type { CommandContext } from "../../command.ts";
import { type Colour, colourOfStatus } from "../../output/paint.ts";
import type { Column } from "../../output/table.ts";

const candidateColumns: readonly Column<Doc>[] = [
  { title: "NAME", of: (one) => textAt(one, "name", "id") },
  { title: "VERDICT", of: (one) => textAt(one, "verdict"), colour: colourOfVerdict },
  { title: "SCORE", isRight: true, of: (one) => scoreOf(one) },
  { title: "REASONS", of: reasonsOf },
  { title: "ID", isWide: true, of: (one) => textAt(one, "id") },
];

/** The sentence first, then candidate by candidate for each tier. */
export async function printExplanation(
  explanation: Doc,
  { out }: Pick<CommandContext, "out">,
): Promise<void> {
  if (out.isForPrograms) return out.document(explanation);
  const status = textAt(explanation, "status") ?? "";
  const sentence = textAt(explanation, "sentence") ?? "nobody knows why";
  out.lines([{ text: sentence, colour: colourOfStatus(status) }]);
  if (out.isQuiet) return;
  const decided = timeAt(explanation, "decided_at");
  if (decided !== undefined) out.lines([{ text: `decided ${decided}` }]);
  for (const tier of docsAt(explanation, "tiers")) await printTier(tier, { out });
}

async function printTier(tier: Doc, { out }: Pick<CommandContext, "out">): Promise<void> {
  const isRoot = textAt(tier, "tier") === "root";
  const name = chosenOf(tier);
  const what = isRoot ? "cluster" : "node";
  const title = `${textAt(tier, "tier") ?? "tier"}: ${name === undefined ? `no ${what} chosen` : `chose ${what} ${name}`}`;
  out.text("\n");
  out.lines([{ text: title, colour: "bold" }]);
  const candidates = docsAt(tier, "candidates");
  await out.list(candidates, {
    columns: candidateColumns,
    nameOf: (one) => textAt(one, "name") ?? "",
    ifEmpty: `there was no ${what} to choose from`,
  });
  const omitted = numberAt(tier, "omitted") ?? 0;
  if (omitted > 0) out.lines([{ text: `and ${omitted} more` }]);
}

/** By its name; the root says its id alone. */
function chosenOf(tier: Doc): string | undefined {
  const chosen = docAt(tier, "chosen");
  if (chosen !== undefined) return textAt(chosen, "name", "id");
  const id = textAt(tier, "chosen");
  const candidate = docsAt(tier, "candidates").find((one) => textAt(one, "id") === id);
  return textAt(candidate ?? {}, "name") ?? id;
}

function scoreOf(candidate: Doc): string | undefined {
  const score = numberAt(candidate, "score");
  if (score === undefined) return textAt(candidate, "score");
  return Number.isInteger(score) ? String(score) : score.toFixed(2);
}

function reasonsOf(candidate: Doc): string {
  return docsAt(candidate, "reasons")
    .map((one) => textAt(one, "message", "code") ?? "")
    .join("; ");
}

function colourOfVerdict(verdict: string): Colour | undefined {
  if (verdict === "chosen") return "green";
  return verdict === "rejected" ? "red" : undefined;
}
