import { docFrom, idAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, hasFlag, textOf } from "../../input.ts";
import { findHook, hookWish, showWritten } from "./hooks.ts";

export async function createHook(input: CommandInput, context: CommandContext): Promise<number> {
  const [name, url] = argumentsOf(input, { required: ["NAME", "URL"] });
  const wish = await hookWish(input, context.io);
  if (wish["entity"] === undefined) throw new UsageError("--entity is missing");
  if (wish["events"] === undefined) throw new UsageError("--event is missing");
  const api = await context.api();
  const body = { hook_name: name, webhook_url: url, ...wish };
  const hook = docFrom(await api.call("POST", "/api/hooks", { body }), "the hook");
  await showWritten(hook, context.out);
  return exitCodes.fine;
}

export async function updateHook(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const [name, url] = [textOf(input, "name"), textOf(input, "url")];
  const body = {
    ...(await hookWish(input, context.io)),
    ...(name !== undefined && { hook_name: name }),
    ...(url !== undefined && { webhook_url: url }),
    ...(hasFlag(input, "rotate-secret") && { rotate_secret: true }),
  };
  if (Object.keys(body).length === 0) throw new UsageError("nothing is to be changed");
  const api = await context.api();
  const path = apiPath`/api/hooks/${idAt(await findHook(api, word))}`;
  const hook = docFrom(await api.call("PATCH", path, { body }), "the hook");
  await showWritten(hook, context.out);
  return exitCodes.fine;
}
