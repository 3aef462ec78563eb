import type { Feed } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { PollFeed } from "../use-cases/poll-feed.ts";

/** Longer waits are cut, so that a proxy in between never is the one to give up. */
const longestWaitS = 30;

/** Query parameters that turn a list into a long poll. */
export const pollQuery = {
  since: z
    .string()
    .max(64)
    .exactOptional()
    .describe("cursor of the last answer, anything else for everything; makes this a long poll"),
  wait: z.coerce
    .number()
    .min(0)
    .exactOptional()
    .describe(`seconds to wait for a change, at most ${longestWaitS}`),
};

/** Answers a long poll; the wait ends with the connection and with the service. */
export async function answerPoll<T>(
  { app, reply }: { app: Pick<HttpApp, "closing">; reply: FastifyReply },
  poll: PollFeed<T>,
  { since, wait = 0 }: { since: string; wait?: number | undefined },
): Promise<Feed<T>> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  // By hand: AbortSignal.any on Node 20 leaks when one signal outlives many requests.
  reply.raw.once("close", abort);
  app.closing.addEventListener("abort", abort, { once: true });
  if (app.closing.aborted || reply.raw.destroyed) abort();
  try {
    const timeoutMs = Math.min(wait, longestWaitS) * 1000;
    return await poll({ since, timeoutMs, signal: controller.signal });
  } finally {
    reply.raw.off("close", abort);
    app.closing.removeEventListener("abort", abort);
  }
}
