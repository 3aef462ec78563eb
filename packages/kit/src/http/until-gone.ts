import type { FastifyReply } from "fastify";
import type { HttpApp } from "./app.ts";

/** What a request may end with before it is answered. */
export interface RequestEnds {
  app: Pick<HttpApp, "closing">;
  reply: Pick<FastifyReply, "raw">;
}

/** Runs the wait of a long poll with a signal that ends with the connection and with the service. */
export async function untilGone<T>(
  { app, reply }: RequestEnds,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  // By hand: AbortSignal.any on Node 20 leaks when one signal outlives many requests.
  reply.raw.once("close", abort);
  app.closing.addEventListener("abort", abort, { once: true });
  if (app.closing.aborted || reply.raw.destroyed) abort();
  try {
    return await run(controller.signal);
  } finally {
    reply.raw.off("close", abort);
    app.closing.removeEventListener("abort", abort);
  }
}
