import type { Doc } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { isConfirmed } from "../../confirm.ts";
import { UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { findUser, userNameOf } from "./users.ts";

export async function deleteUsers(input: CommandInput, context: CommandContext): Promise<number> {
  if (input.args.length === 0) throw new UsageError("NAME is missing");
  const api = await context.api();
  const found: Doc[] = [];
  for (const word of input.args) found.push(await findUser(api, word));
  const deleted: Doc[] = [];
  for (const user of found) {
    const name = userNameOf(user);
    if (!(await isConfirmed(`Delete the account ${name}?`, input, context))) continue;
    await api.call("DELETE", apiPath`/api/user/${name}`);
    deleted.push(user);
    if (!context.out.isForPrograms) await context.out.done(`deleted ${name}`, undefined);
  }
  if (context.out.isForPrograms) await context.out.document(deleted);
  return exitCodes.fine;
}
