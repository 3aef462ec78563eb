import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyReply } from "fastify";

/** Until the kernel asks whether a client that takes nothing, since there is nothing, is still there; milliseconds. */
const keepAliveMs = 30_000;

/**
 * Answers with a stream as it comes, no faster than the client reads. The headers go at once: a client may have to
 * wait long for the first byte. Resolves when it is over, whoever ended it; the stream is destroyed then.
 */
export async function sendStream(
  reply: FastifyReply,
  { body, contentType }: { body: Readable; contentType: string },
): Promise<FastifyReply> {
  const { raw } = reply.hijack();
  raw.socket?.setKeepAlive(true, keepAliveMs);
  raw.socket?.setNoDelay(true);
  raw.writeHead(200, {
    // Those that hooks have set, such as of CORS.
    ...plain(reply.getHeaders()),
    "content-type": contentType,
    // Nor packed on the way: that would be collected first.
    "cache-control": "no-store, no-transform",
    // What workloads print is never to be taken for a page, nor collected by a proxy.
    "x-content-type-options": "nosniff",
    "x-accel-buffering": "no",
  });
  raw.flushHeaders();
  if (reply.request.method === "HEAD") {
    body.destroy();
    raw.end();
    return reply;
  }
  // A failure has cut the connection, which is how the client learns of it: the status is long sent.
  await pipeline(body, raw).catch(() => undefined);
  return reply;
}

function plain(headers: ReturnType<FastifyReply["getHeaders"]>): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === "number" ? String(value) : value]],
    ),
  );
}
