import { type Doc, textAt } from "../../api/answers.ts";
import type { Query } from "../../api/api.ts";
import type { CommandContext } from "../../command.ts";
import { streamed } from "../../output/streamed.ts";
import { persistent } from "../../stream/persistent.ts";
import { type ServerEvent, serverEvents } from "../../stream/server-events.ts";
import { colourOfLevel, eventLine } from "./event-columns.ts";

/** The root says every few seconds that nothing is new. */
const silenceMs = 60_000;

/** Tells events as they happen; ends only by Ctrl-C, a reader that has enough, or a refusal. */
export async function watchEvents(query: Query, context: CommandContext): Promise<never> {
  const api = await context.api();
  let lastId: string | undefined;
  const stream = persistent<ServerEvent>({
    open: async () => {
      const headers: Record<string, string> =
        lastId === undefined ? {} : { "last-event-id": lastId };
      const type = "text/event-stream";
      // What is resumed has seen all since then.
      const since = lastId === undefined ? query["since"] : undefined;
      const asked = { ...query, since, follow: true };
      const options = { query: asked, headers, type, silenceMs };
      return serverEvents(await api.lines("/api/events", options));
    },
    goesOn: async () => true,
    onLost: (reason) => context.out.note(`${reason}; trying again`),
  });
  for await (const { id, data } of stream) {
    if (id !== undefined && id !== "") lastId = id;
    await tell(data, context);
  }
  throw new Error("the stream of events ended");
}

async function tell(data: string, { io, out }: CommandContext): Promise<void> {
  const event = eventFrom(data);
  if (event === undefined) return out.note("the root sent something that is no event");
  if (out.isForPrograms) io.out(await streamed(event, out));
  else if (out.isQuiet) out.lines([{ text: textAt(event, "id") ?? "" }]);
  else out.lines([{ text: eventLine(event), colour: colourOfLevel(textAt(event, "level") ?? "") }]);
}

function eventFrom(data: string): Doc | undefined {
  try {
    const value: unknown = JSON.parse(data);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
