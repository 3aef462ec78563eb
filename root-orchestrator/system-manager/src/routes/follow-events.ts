import { Readable } from "node:stream";
import {
  AppError,
  type Authenticator,
  type Clock,
  type HttpApp,
  sendStream,
  untilGone,
} from "@oak/kit";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type EventFilter, eventView, type StoredEvent } from "../domain/events/event-query.ts";
import { errors } from "../errors.ts";
import type { Batch, Followers } from "../use-cases/events/follow-events.ts";
import { callerOf } from "./gates.ts";

export interface FollowRouteDeps {
  app: Pick<HttpApp, "closing">;
  followers: Followers;
  authenticator: Authenticator;
  clock: Clock;
}

/** A reader that takes nothing for so long is cut off; it may come back with the last id that it has. */
const stallMs = 30_000;
/** How soon a browser comes back when the connection has ended. */
const retryMs = 2_000;

export function wantsStream({ headers }: FastifyRequest, follow: string | undefined): boolean {
  if (follow !== undefined) return follow === "true" || follow === "1";
  return headers.accept?.split(",").some((one) => /^\s*text\/event-stream\b/i.test(one)) === true;
}

/** Header `Last-Event-ID`, as browsers send it when they come back. */
export function lastEventId({ headers }: FastifyRequest): number | undefined {
  const text = headers["last-event-id"];
  if (text === undefined || text === "") return undefined;
  if (typeof text === "string" && /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) {
    return Number(text);
  }
  throw errors.invalid_input("Last-Event-ID is not the id of an event");
}

/**
 * Answers with server-sent events until one of the two sides ends it.
 * @throws AppError too_many_followers
 */
export async function streamEvents(
  { app, followers, authenticator, clock }: FollowRouteDeps,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { filter, after }: { filter: EventFilter; after: number | undefined },
): Promise<FastifyReply> {
  const caller = callerOf(request);
  const stillAllowed = async () => {
    try {
      const principal = await authenticator.authenticate(request.headers);
      return principal === undefined ? undefined : callerOf(Object.assign(request, { principal }));
    } catch (error) {
      // That nobody can tell at the moment is no reason to send anybody away.
      return error instanceof AppError && error.status < 500 ? undefined : caller;
    }
  };
  return untilGone({ app, reply }, async (signal) => {
    const { batches, end } = followers.follow({ caller, filter, after, stillAllowed, signal });
    try {
      const body = Readable.from(eventTexts(batches, { clock, cutOff: () => body.destroy() }));
      await sendStream(reply, { body, contentType: "text/event-stream; charset=utf-8" });
    } finally {
      end();
    }
    return reply;
  });
}

/** What is sent for each batch. `cutOff` is called when the reader has taken nothing of it for too long. */
export async function* eventTexts(
  batches: AsyncIterable<Batch>,
  { clock, cutOff }: { clock: Clock; cutOff: () => void },
): AsyncGenerator<string, void, void> {
  yield `retry: ${retryMs}\n: events follow\n\n`;
  for await (const batch of batches) {
    // Goes on only once the reader has taken what was before.
    const cancel = clock.setTimer(stallMs, cutOff);
    try {
      yield batch.length === 0 ? ": nothing new\n\n" : batch.map(eventText).join("");
    } finally {
      cancel();
    }
  }
}

/** Without a name, so that every client takes it for a message. */
function eventText(event: StoredEvent): string {
  return `id: ${event.id}\ndata: ${JSON.stringify(eventView(event))}\n\n`;
}
