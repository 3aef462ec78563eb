import { once } from "node:events";
import type { Socket } from "node:net";
import type { Logger } from "../logger.ts";
import { frames } from "./framer.ts";
import { ProtocolError, parseMessage, type Request } from "./message.ts";
import { encodeReply, type Reply } from "./reply.ts";

export type RequestHandler = (request: Request) => Promise<Reply>;

/**
 * Serves one connection: one message after the other, answered in order. While a message is at
 * work nothing more is read, so a client that sends faster than it is served waits.
 *
 * @returns when the connection is closed; never rejects
 */
export async function serveConnection(
  socket: Socket,
  handle: RequestHandler,
  logger: Logger,
): Promise<void> {
  let replyId = 0;
  // Errors also end the iteration below; without a listener they would end the process.
  socket.on("error", () => undefined);
  try {
    for await (const frame of frames(socket)) {
      const request = parseMessage(frame);
      const reply = await handle(request);
      if (request.wantsReply) await send(socket, encodeReply(request, reply, ++replyId));
    }
  } catch (error) {
    // A connection that the client tore down is no event; bytes that are no message are.
    if (error instanceof ProtocolError) logger.warn({ err: error }, "connection closed: bad bytes");
    else if (!isSystemError(error))
      logger.error({ err: error }, "connection closed: internal error");
  } finally {
    socket.destroy();
  }
}

async function send(socket: Socket, bytes: Buffer): Promise<void> {
  if (socket.destroyed || socket.write(bytes)) return;
  const waiting = new AbortController();
  const options = { signal: waiting.signal };
  const events = [once(socket, "drain", options), once(socket, "close", options)];
  await Promise.race(events);
  waiting.abort();
  await Promise.allSettled(events);
}

/** Errors of the operating system and of streams carry a code; ours and JavaScript's do not. */
const isSystemError = (error: unknown): boolean =>
  error instanceof Error && typeof Reflect.get(error, "code") === "string";
