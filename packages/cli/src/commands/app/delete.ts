import { type Doc, idAt, textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { ApiError } from "../../api/api-error.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { isConfirmed } from "../../confirm.ts";
import { exitCodes } from "../../exit-codes.ts";
import { listApplications } from "../../resolve/own-lists.ts";
import { findApplication } from "../../resolve/resolve.ts";
import { waitOf, waitUntil } from "../../wait.ts";

export async function deleteApplications(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const limitMs = waitOf(input);
  const api = await context.api();
  const found = await applicationsFor(input.args, api);
  if (found.length === 0) context.out.note("there are no applications");
  const deleted: Doc[] = [];
  for (const application of found) {
    const name = textAt(application, "application_name") ?? "";
    if (!(await isConfirmed(`Delete ${name} with all its services?`, input, context))) continue;
    const id = idAt(application, "applicationID");
    await api.call("DELETE", apiPath`/api/application/${id}`);
    deleted.push(application);
    if (limitMs !== undefined) await untilGone(id, api, limitMs, context);
    if (!context.out.isForPrograms) await context.out.done(`deleted ${name}`, undefined);
  }
  if (context.out.isForPrograms) await context.out.document(deleted);
  return exitCodes.fine;
}

/** Each once, all before the first is deleted. */
async function applicationsFor(words: readonly string[], api: Api): Promise<Doc[]> {
  if (words.length === 0) return listApplications(api);
  const found = new Map<string, Doc>();
  for (const word of words) {
    const application = await findApplication(api, word);
    found.set(idAt(application, "applicationID"), application);
  }
  return [...found.values()];
}

async function untilGone(
  id: string,
  api: Api,
  limitMs: number,
  context: CommandContext,
): Promise<void> {
  await waitUntil(limitMs, context, async () => {
    try {
      await api.call("GET", apiPath`/api/application/${id}`);
      return { isDone: false, shown: "it is still there" };
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return { isDone: true, shown: "gone" };
      throw error;
    }
  });
}
