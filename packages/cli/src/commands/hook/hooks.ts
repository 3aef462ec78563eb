import { type Doc, idAt, textAt, textsAt, timeAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import type { CommandInput, CommandIo } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { hasFlag, textOf, textsOf } from "../../input.ts";
import type { Fields, Output } from "../../output/output.ts";
import { type Candidate, pick } from "../../resolve/pick.ts";
import { hookEvents } from "./hook-events.ts";

/** A hook by its id or its name. @throws CliError */
export async function findHook(api: Api, word: string): Promise<Doc> {
  return pick("hook", word, (await api.list("/api/hooks")).map(hookCandidate));
}

export function hookCandidate(item: Doc): Candidate<Doc> {
  return { item, id: idAt(item), names: [hookNameOf(item)] };
}

export function hookNameOf(hook: Doc): string {
  return textAt(hook, "hook_name") ?? "";
}

export function hookFields(hook: Doc): Fields {
  const secret = textAt(hook, "secret");
  return [
    ["name", hookNameOf(hook)],
    ["id", idAt(hook)],
    ["url", textAt(hook, "webhook_url")],
    ["entity", textAt(hook, "entity")],
    ["events", textsAt(hook, "events").join(", ")],
    ["state", textAt(hook, "state")],
    ["failures", textAt(hook, "failures")],
    ["pending", textAt(hook, "pending")],
    ["created", timeAt(hook, "created_at")],
    ...(secret === undefined ? [] : [["secret", secret] as const]),
  ];
}

/** After a write: with the key, when there is a new one. */
export async function showWritten(hook: Doc, out: Output): Promise<void> {
  await out.show(hook, () => hookFields(hook));
  if (textAt(hook, "secret") !== undefined) out.note("The secret is shown this once");
}

/** What the options say; absent ones are left out. @throws UsageError */
export async function hookWish(
  input: CommandInput,
  io: Pick<CommandIo, "readInput">,
): Promise<Record<string, unknown>> {
  const events = textsOf(input, "event");
  for (const event of events) {
    if (hookEvents.some((one) => one === event)) continue;
    throw new UsageError(`--event is ${hookEvents.join(", ")}, not ${JSON.stringify(event)}`);
  }
  const entity = textOf(input, "entity");
  const secret = hasFlag(input, "secret-stdin") ? (await io.readInput()).trim() : undefined;
  return {
    ...(entity !== undefined && { entity }),
    ...(events.length > 0 && { events: [...new Set(events)] }),
    ...(secret !== undefined && { secret }),
  };
}
