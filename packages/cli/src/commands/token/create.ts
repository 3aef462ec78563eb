import { docFrom, textAt, textsAt, timeAt } from "../../api/answers.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { CliError, UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, textOf, textsOf } from "../../input.ts";
import { scopes } from "./scopes.ts";

export async function createToken(input: CommandInput, context: CommandContext): Promise<number> {
  const [name = ""] = argumentsOf(input, { required: ["NAME"] });
  const wanted = scopesOf(input);
  const expires = textOf(input, "expires");
  const expiry = expires === undefined ? {} : { expires_in_s: secondsFrom(expires) };
  const api = await context.api();
  const body = { name, scopes: wanted, ...expiry };
  const answer = docFrom(await api.call("POST", "/api/tokens", { body }), "the token");
  const token = textAt(answer, "token");
  if (token === undefined) throw new CliError("the root answered without a token");
  const { out } = context;
  if (out.isQuiet && !out.isForPrograms) {
    out.text(`${token}\n`);
    return exitCodes.fine;
  }
  await out.show(answer, () => [
    ["token", token],
    ["name", textAt(answer, "name")],
    ["scopes", textsAt(answer, "scopes").join(", ")],
    ["expires", timeAt(answer, "expires_at") ?? "never"],
  ]);
  out.note("It is shown this once: keep it where nobody else reads");
  return exitCodes.fine;
}

function scopesOf(input: CommandInput): string[] {
  const words = textsOf(input, "scope");
  for (const word of words) {
    if (scopes.some((one) => one === word)) continue;
    throw new UsageError(`--scope is ${scopes.join(", ")}, not ${JSON.stringify(word)}`);
  }
  return words.length === 0 ? ["read"] : [...new Set(words)];
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Longer than what timers can wait for. @throws UsageError */
function secondsFrom(text: string): number {
  const [, number, unit = "s"] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  const seconds = Number(number) * (secondsOf[unit] ?? Number.NaN);
  if (seconds > 0) return seconds;
  throw new UsageError(`--expires is a time such as 12h or 90d, not ${JSON.stringify(text)}`);
}
