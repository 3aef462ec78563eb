import { textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { withContext } from "../../config/config.ts";
import { CliError, UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, hasFlag, textOf } from "../../input.ts";
import { newPassword } from "../../new-password.ts";
import { findUser, ownClaims, userNameOf } from "./users.ts";

export async function changePassword(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const [word] = argumentsOf(input, { optional: ["NAME"] });
  const api = await context.api();
  const own = textAt(await ownClaims(api), "sub");
  const name = word ?? own;
  if (name === undefined) {
    throw new UsageError("NAME is missing: a token does not say whose it is");
  }
  if (name === own) return changeOwn(name, input, context);
  const found = userNameOf(await findUser(api, name));
  const password = await newPassword(input, context);
  const answer = await api.call("PUT", apiPath`/api/user/${found}`, { body: { password } });
  await context.out.done(`${found} has a new password, and no session any more`, answer);
  return exitCodes.fine;
}

async function changeOwn(
  name: string,
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const api = await context.api();
  const body = await oldAndNew(input, context);
  const answer = await api.call("POST", apiPath`/api/user/${name}`, { body });
  const isKept = await logInAgain(name, body.newPassword, { api, context });
  const tail = isKept ? "your other sessions have ended" : "`oak login` begins a new session";
  await context.out.done(`the password of ${name} is changed; ${tail}`, answer);
  return exitCodes.fine;
}

async function oldAndNew(input: CommandInput, context: CommandContext) {
  if (hasFlag(input, "password-stdin") && textOf(input, "password") === undefined) {
    const [oldPassword = "", newPassword = ""] = (await context.io.readInput()).split(/\r?\n/);
    if (newPassword !== "") return { oldPassword, newPassword };
    throw new CliError("standard input needs two lines: the old password and the new one", {
      exitCode: exitCodes.wrongUse,
    });
  }
  if (!context.io.canAsk) {
    throw new CliError("there is no terminal to ask for the old password on", {
      exitCode: exitCodes.wrongUse,
      advice: ["--password-stdin reads the old and the new one, each in a line of its own"],
    });
  }
  const oldPassword = await context.io.ask("Old password: ", { hidden: true });
  return { oldPassword, newPassword: await newPassword(input, context) };
}

/** The session that asked has ended with all others. Whether there is a new one in the file. */
async function logInAgain(
  user: string,
  password: string,
  { api, context }: { api: Api; context: CommandContext },
): Promise<boolean> {
  const { contextName, config, file } = await context.settings();
  const kept = contextName === undefined ? undefined : config.contexts[contextName];
  // One that comes from variables is not ours to keep.
  if (contextName === undefined || kept?.refreshToken === undefined) return false;
  const { organization } = kept;
  const tokens = await api.session.login({ user, password, organization });
  await file.update((now) => withContext(now, contextName, { server: kept.server, ...tokens }));
  return true;
}
