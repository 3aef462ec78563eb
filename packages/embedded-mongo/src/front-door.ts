import type { Server, Socket } from "node:net";
import { CommandError, errorReply } from "./errors.ts";
import { type ListenAddress, listen, urlOf } from "./listener.ts";
import type { Logger } from "./logger.ts";
import { type RequestHandler, serveConnection } from "./wire/connection.ts";

/** Accepts connections and knows which commands are at work. */
export interface FrontDoor {
  readonly url: string;
  open(handle: RequestHandler): Promise<void>;
  /** Refuses new commands, lets those at work answer, then closes all connections. */
  close(): Promise<void>;
}

export interface FrontDoorOptions {
  address: ListenAddress;
  logger: Logger;
}

export function createFrontDoor({ address, logger }: FrontDoorOptions): FrontDoor {
  const connections = new Map<Socket, Promise<void>>();
  const atWork = new Set<Promise<unknown>>();
  let server: Server | undefined;
  let isClosing = false;

  /** Wraps the handler so that `close` can wait for what is at work. */
  const tracked =
    (handle: RequestHandler): RequestHandler =>
    async (request) => {
      if (isClosing) {
        return errorReply(new CommandError("ShutdownInProgress", "the server is shutting down"));
      }
      const work = handle(request);
      atWork.add(work);
      try {
        return await work;
      } finally {
        atWork.delete(work);
      }
    };

  return {
    get url() {
      return urlOf(address, server);
    },
    async open(handle) {
      isClosing = false;
      const serve = tracked(handle);
      server = await listen(address, (socket) => {
        const served = serveConnection(socket, serve, logger).finally(() => {
          connections.delete(socket);
        });
        connections.set(socket, served);
      });
    },
    async close() {
      isClosing = true;
      const closing = server;
      server = undefined;
      const closed = new Promise<void>((resolve) => {
        if (closing === undefined) resolve();
        else closing.close(() => resolve());
      });
      await Promise.allSettled(atWork);
      // Sends what is written already, the last answers among it, before it closes.
      for (const socket of connections.keys()) socket.destroySoon();
      await Promise.allSettled(connections.values());
      await closed;
    },
  };
}
