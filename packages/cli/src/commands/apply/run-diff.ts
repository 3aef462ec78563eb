import { changeLines } from "../../changes/change-lines.ts";
import { changesFrom, hasChanges } from "../../changes/changes.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { CliError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { givenDocument } from "./given-document.ts";

/** As diff(1) does it: 1 says that something differs. */
const differs = 1;

export async function diffDocument(input: CommandInput, context: CommandContext): Promise<number> {
  try {
    return await tellDifference(input, context);
  } catch (error) {
    // Scripts take 1 for an answer.
    if (!(error instanceof CliError) || error.exitCode !== exitCodes.failed) throw error;
    const { message, advice, cause } = error;
    throw new CliError(message, { exitCode: exitCodes.wrongUse, advice, cause });
  }
}

async function tellDifference(input: CommandInput, context: CommandContext): Promise<number> {
  const body = await givenDocument(input, context);
  const api = await context.api();
  const changes = changesFrom(await api.call("POST", "/api/application/diff", { body }));
  const { out } = context;
  for (const { pointer, message } of changes.warnings) out.note(`warning: ${pointer} ${message}`);
  if (out.isForPrograms) await out.document(changes.answer);
  else if (!out.isQuiet) out.lines(changeLines(changes, { withUnchanged: out.isWide }));
  return hasChanges(changes) ? differs : exitCodes.fine;
}
