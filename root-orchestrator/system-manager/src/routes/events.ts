import { EventView } from "@oak/contracts";
import { EVENT_TYPES } from "@oak/core";
import type { Authenticator, Clock, HttpApp } from "@oak/kit";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { firstIdAt } from "../domain/events/event-id.ts";
import {
  type EventFilter,
  type EventQuery,
  eventQuery,
  eventView,
} from "../domain/events/event-query.ts";
import { readMoment } from "../domain/read-moment.ts";
import { errors } from "../errors.ts";
import type { EventLog } from "../use-cases/events/event-log.ts";
import type { Followers } from "../use-cases/events/follow-events.ts";
import { responses } from "./answers.ts";
import { lastEventId, streamEvents, wantsStream } from "./follow-events.ts";
import { callerOf, type Gates } from "./gates.ts";

export interface EventRoutesDeps {
  log: Pick<EventLog, "find" | "count">;
  followers: Followers;
  authenticator: Authenticator;
  gates: Gates;
  clock: Clock;
}

const text = z.string().min(1).max(256);
const number = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const words = <Word extends z.ZodType<string, string>>(of: Word) =>
  z
    .string()
    .max(1024)
    .transform((list) => list.split(","))
    .pipe(z.array(of).max(50));

/** What narrows the events down; the same for lists and for those who follow. */
export const filterFields = {
  application: text.exactOptional().describe("id or name"),
  service: text.exactOptional().describe("id or name"),
  instance: number.exactOptional().describe("number, of any service unless one is given"),
  cluster: text.exactOptional().describe("id or name"),
  node: text.exactOptional().describe("id or name"),
  type: words(z.enum(EVENT_TYPES)).exactOptional().describe("one or several, with commas between"),
  level: z.enum(["normal", "warning"]).exactOptional(),
  reason: words(z.string().regex(/^[a-z_]{1,64}$/))
    .exactOptional()
    .describe("one or several, with commas between"),
  actor: text.exactOptional().describe("name of a user"),
  since: z
    .string()
    .max(64)
    .exactOptional()
    .describe("Unix seconds, a time as in RFC 3339, or how long ago: 30s, 10m, 1h30m, 1d"),
};

const longestPage = 1_000;
const usualPage = 100;
const query = z.object({
  ...filterFields,
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(longestPage)
    .exactOptional()
    .describe("most events of one answer; 100 unless given"),
  cursor: number.exactOptional().describe("from the `Link` header: only older events"),
  after: number.exactOptional().describe("only events with a higher id than this"),
  follow: z
    .enum(["true", "false", "1", "0"])
    .exactOptional()
    .describe("true: a stream that does not end, as with `accept: text/event-stream`"),
});
type Query = z.infer<typeof query>;

const answers = {
  description: "events, or a stream of them",
  content: {
    "application/json": { schema: z.array(EventView) },
    "text/event-stream": {
      schema: z
        .string()
        .meta({ examples: ['id: 1823472000000000\ndata: {"id":1823472000000000}\n\n'] }),
    },
  },
};

/** What has happened, and to what. */
export function addEventRoutes(app: HttpApp, deps: EventRoutesDeps): void {
  const { log, gates, clock } = deps;
  app.get(
    "/api/events",
    {
      onRequest: gates.userStrict,
      schema: {
        tags: ["events"],
        summary: "What has happened, the newest first",
        description:
          "Users see what is about their applications, whoever provides infrastructure clusters and nodes as well, and " +
          "administrators everything. When there is more, `Link` has the address of the next page, and with `limit` `x-total-count` tells how many " +
          "there are in all, unless these are more than 10,000. A stream (`follow=true`) " +
          "gives what happens from now on, or after `Last-Event-ID`, `after` or `since`, the oldest first; it ends with " +
          "the token. Repetitions of what was told are counted where they are kept, and not streamed.",
        querystring: query,
        response: { ...responses(z.array(EventView), 401, 422, 429, 503), 200: answers },
      },
    },
    async (request, reply) => {
      const asked = request.query;
      const sinceId = idSince(asked.since, clock.nowMs());
      if (wantsStream(request, asked.follow)) {
        const given = lastEventId(request) ?? asked.after;
        const after = asked.since === undefined ? given : Math.max(given ?? 0, sinceId - 1);
        const order = { filter: filterOf(asked), after };
        return streamEvents({ ...deps, app }, { request, reply }, order);
      }
      const filter = eventQuery(filterOf(asked), callerOf(request));
      const { total, page, next } = await pageOf(log, filter, { ...asked, sinceId });
      if (total !== undefined) reply.header("x-total-count", total);
      if (next !== undefined) linkNext(reply, request.url, next);
      return page.map(eventView);
    },
  );
}

interface WantedPage extends Pick<Query, "limit" | "cursor" | "after"> {
  sinceId: number;
}

async function pageOf(
  log: EventRoutesDeps["log"],
  wanted: EventQuery,
  { limit, cursor, after: given = 0, sinceId }: WantedPage,
) {
  const after = Math.max(given, sinceId - 1);
  const length = limit ?? usualPage;
  const isCounted = limit !== undefined || cursor !== undefined;
  const [total, found] = await Promise.all([
    isCounted ? log.count(wanted, after) : undefined,
    // One more tells whether there is a next page.
    log.find(wanted, { after, before: cursor, order: "newest", limit: length + 1 }),
  ]);
  const page = found.slice(0, length);
  return { total, page, next: found.length > length ? page.at(-1)?.id : undefined };
}

export function filterOf(asked: Omit<Query, "limit" | "cursor" | "after" | "follow">): EventFilter {
  const { application, service, instance, cluster, node, type, level, reason, actor } = asked;
  return { application, service, instance, cluster, node, type, level, reason, actor };
}

/** @throws AppError invalid_input */
export function idSince(since: string | undefined, nowMs: number): number {
  if (since === undefined) return 1;
  const ms = readMoment(since, nowMs);
  if (ms !== undefined) return firstIdAt(ms);
  const message = "must be Unix seconds, a time as in RFC 3339, or how long ago, such as 10m";
  throw errors.invalid_input({
    detail: `/since ${message}`,
    faults: [{ pointer: "/since", message, in: "query" }],
  });
}

/** Relative, since only the caller knows under which name it reached us. */
function linkNext(reply: FastifyReply, url: string, cursor: number): void {
  const [path = "", search = ""] = url.split("?", 2);
  const parameters = new URLSearchParams(search);
  parameters.set("cursor", String(cursor));
  reply.header("link", `<${path}?${parameters}>; rel="next"`);
}
