import { textAt } from "../../api/answers.ts";
import { changeLines } from "../../changes/change-lines.ts";
import {
  type Changes,
  changeOf,
  changesFrom,
  countsOf,
  hasChanges,
  servicesIn,
} from "../../changes/changes.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { CliError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { hasFlag } from "../../input.ts";
import { untilSettled } from "../../settled.ts";
import { waitOf } from "../../wait.ts";
import { givenDocument } from "./given-document.ts";

export async function applyDocument(input: CommandInput, context: CommandContext): Promise<number> {
  const limitMs = waitOf(input);
  const isDry = hasFlag(input, "dry-run");
  const body = await givenDocument(input, context);
  const api = await context.api();
  const query = { dryRun: isDry || undefined };
  const changes = changesFrom(await api.call("PUT", "/api/application/apply", { body, query }));
  const { out } = context;
  for (const { pointer, message } of changes.warnings) out.note(`warning: ${pointer} ${message}`);
  if (!out.isForPrograms && !out.isQuiet) {
    out.lines(changeLines(changes, { withUnchanged: out.isWide }));
  }
  refuseHalf(changes, context);
  if (limitMs !== undefined && !isDry) await untilAllSettled(changes, limitMs, { api, out });
  await out.done(sentenceOf(changes, isDry), changes.answer);
  return exitCodes.fine;
}

function sentenceOf(changes: Changes, isDry: boolean): string {
  if (!hasChanges(changes)) return "nothing to change: all is as the document says";
  const counts = countsOf(changes) || "no service changed";
  return isDry ? `would be: ${counts}` : counts;
}

/** The answer is a success also when a part of it could not be done. */
function refuseHalf(changes: Changes, { out, io }: CommandContext): void {
  const failed = servicesIn(changes).filter((one) => one["error"] !== undefined);
  if (failed.length === 0) return;
  if (out.isForPrograms) io.out(`${JSON.stringify(changes.answer)}\n`);
  const names = failed.map((one) => textAt(one, "microservice_name") ?? "").join(", ");
  throw new CliError(`not everything could be done: ${names}`, {
    advice: ["All else was; the same document can be applied again"],
  });
}

/** Those that were just updated are judged by how that went; an older failure of others is none of ours. */
async function untilAllSettled(
  changes: Changes,
  limitMs: number,
  asking: Parameters<typeof untilSettled>[2],
): Promise<void> {
  const idsOf = (isWanted: (change: string) => boolean): string[] =>
    servicesIn(changes)
      .filter((one) => isWanted(changeOf(one)))
      .flatMap((one) => textAt(one, "service_id") ?? []);
  const endsAt = Date.now() + limitMs;
  await untilSettled(
    idsOf((change) => change === "update"),
    { limitMs, isJudged: true },
    asking,
  );
  const leftMs = Math.max(1, endsAt - Date.now());
  await untilSettled(
    idsOf((change) => change === "create" || change === "none"),
    { limitMs: leftMs, isJudged: false },
    asking,
  );
}
