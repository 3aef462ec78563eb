import { type Doc, docsAt, textAt } from "../../api/answers.ts";
import type { CommandContext } from "../../command.ts";
import { untilSettled } from "../../settled.ts";

export interface Begun {
  id: string;
  name: string;
  /** Of the update or of the rollback. */
  answer: Doc;
}

/** Tells what an update began, and waits for its end where that is wanted. @throws CliError when it fails */
export async function tellUpdate(
  { id, name, answer }: Begun,
  limitMs: number | undefined,
  context: CommandContext,
): Promise<void> {
  const { out } = context;
  for (const { pointer, message } of docsAt(answer, "warnings")) {
    out.note(`warning: ${pointer} ${message}`);
  }
  const revision = textAt(answer, "revision") ?? "?";
  if (answer["changed"] === false) {
    return out.done(`${name} is that already: revision ${revision}`, answer);
  }
  if (limitMs === undefined) {
    const sentence = `${name}: revision ${revision} is rolled out; \`oak rollout status ${name} -w\` shows how far it is`;
    return out.done(sentence, answer);
  }
  const api = await context.api();
  await untilSettled([id], { limitMs, isJudged: true }, { api, out });
  await out.done(`${name} runs revision ${revision}`, answer);
}
