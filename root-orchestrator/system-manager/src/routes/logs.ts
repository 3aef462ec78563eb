import { type Clock, commonErrors, type HttpApp, sendStream } from "@oak/kit";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { readMoment } from "../domain/read-moment.ts";
import type { UserAuthenticator } from "../ports/user-authenticator.ts";
import type { createReadLogs } from "../use-cases/read-logs.ts";
import { watchStanding } from "../use-cases/watch-standing.ts";
import { responses } from "./answers.ts";
import { callerOf, type Gates, userOf } from "./gates.ts";

export interface LogRoutesDeps {
  readLogs: ReturnType<typeof createReadLogs>;
  authenticator: Pick<UserAuthenticator, "standing">;
  gates: Gates;
  clock: Clock;
}

const contentType = "text/plain; charset=utf-8";

const Flag = z.enum(["true", "false", "1", "0", ""]).default("false");

export function addLogRoutes(app: HttpApp, deps: LogRoutesDeps): void {
  const { readLogs, authenticator, gates, clock } = deps;
  app.get(
    "/api/service/:serviceid/instance/:number/logs",
    {
      onRequest: gates.userStrict,
      schema: {
        tags: ["instances"],
        summary: "What an instance prints",
        description:
          "Streamed from its worker, line by line, across restarts of its container, as far as the worker keeps it. With " +
          "`follow` it goes on until the instance is gone from that worker or you go; ask again with `since` then. Bytes are " +
          "passed on as they were printed; a line of more than 64 KiB is broken. When the connection is cut in place of " +
          "ended, something on the way has failed.",
        params: z.object({ serviceid: z.string(), number: z.string() }),
        querystring: z.object({
          follow: Flag.describe("go on with what is printed from now on"),
          since: z
            .string()
            .min(1)
            .max(64)
            .optional()
            .describe("nothing older: Unix seconds, RFC 3339, or a time ago such as 10m")
            .meta({ examples: ["10m"] }),
          tail: z.coerce
            .number()
            .int()
            .min(0)
            .max(10_000)
            .optional()
            .describe("only the last lines of what is there"),
          timestamps: Flag.describe("each line behind its time"),
        }),
        response: {
          ...responses(z.string(), 401, 404, 422, 429, 503, 504),
          200: {
            description: "Lines",
            content: {
              "text/plain": { schema: z.string().meta({ examples: ["listening on 8080\n"] }) },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { serviceid: serviceId, number } = request.params;
      const { follow, since, tail, timestamps } = request.query;
      const sinceMs = since === undefined ? undefined : readMoment(since, clock.nowMs());
      if (since !== undefined && sinceMs === undefined) {
        throw commonErrors.invalid_input(
          "since: Unix seconds, RFC 3339, or a time ago such as 10m",
        );
      }
      const wish = {
        serviceId,
        number,
        follow: isSet(follow),
        timestamps: isSet(timestamps),
        ...(tail !== undefined && { tail }),
        ...(sinceMs !== undefined && { since_ms: sinceMs }),
      };
      const caller = callerOf(request);
      const mayGoOn = async (): Promise<boolean> => {
        const now = await authenticator.standing(userOf(request), request.headers);
        // Whoever was Admin may have lost what opened this log to him: he is to ask again.
        return now !== undefined && (!caller.isAdmin || now.roles.includes("Admin"));
      };
      return whileAllowed({ reply, clock, mayGoOn }, async (signal) => {
        const body = await readLogs(wish, caller, signal);
        return sendStream(reply, { body, contentType });
      });
    },
  );
}

/** Set without a value counts as set. */
function isSet(flag: z.infer<typeof Flag>): boolean {
  return flag === "true" || flag === "1" || flag === "";
}

interface Allowed {
  reply: FastifyReply;
  clock: Clock;
  mayGoOn(): Promise<boolean>;
}

/** Runs with a signal that ends with the connection, and with what the caller may. */
async function whileAllowed<T>(
  { reply, clock, mayGoOn }: Allowed,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const gone = new AbortController();
  const end = (): void => gone.abort();
  reply.raw.once("close", end);
  const stopWatch = watchStanding({ clock, mayGoOn, end });
  try {
    return await run(gone.signal);
  } finally {
    stopWatch();
  }
}
