import { docFrom, idAt, textAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import { findHook, hookNameOf } from "./hooks.ts";

export async function testHook(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const api = await context.api();
  const hook = await findHook(api, word);
  const path = apiPath`/api/hooks/${idAt(hook)}/test`;
  const answer = docFrom(await api.call("POST", path), "the test");
  const isWell = textAt(answer, "outcome") === "delivered";
  const status = textAt(answer, "status") ?? "nothing";
  const took = `in ${textAt(answer, "duration_ms") ?? "?"} ms`;
  const fault = textAt(answer, "error");
  const name = hookNameOf(hook);
  const sentence = isWell
    ? `${name} answered ${status} ${took}`
    : `${name} was not reached: ${fault ?? `it answered ${status}`}`;
  await context.out.done(sentence, answer);
  return isWell ? exitCodes.fine : exitCodes.failed;
}
