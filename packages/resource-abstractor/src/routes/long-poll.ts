import type { Feed } from "@oak/contracts";
import { type RequestEnds, untilGone } from "@oak/kit";
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
  request: RequestEnds,
  poll: PollFeed<T>,
  { since, wait = 0 }: { since: string; wait?: number | undefined },
): Promise<Feed<T>> {
  const timeoutMs = Math.min(wait, longestWaitS) * 1000;
  return untilGone(request, (signal) => poll({ since, timeoutMs, signal }));
}
