import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Place } from "../fabric/place.ts";

/** A way through which one server is reached, and on which things go wrong. */
export interface Relay {
  readonly port: number;
  /** Every answer is so much later; 0: as quick as it is. */
  slowDown(delayMs: number): void;
  /** As a server that is down: connections end, and new ones are closed at once. */
  cut(isCut: boolean): void;
  /** As a server that hangs: nothing passes, until it goes on where it was. */
  stall(isStalled: boolean): void;
  close(): Promise<void>;
}

/** It must not hold back small messages that those at its ends send at once. */
const manners = { noDelay: true } as const;

/**
 * Relays connections on a free port of the loopback to `target` there, where each looks anew; or those on one port of a
 * place, on all of its addresses.
 */
export async function startRelay(
  target: number | (() => number),
  at?: { place: Pick<Place, "within">; port: number },
): Promise<Relay> {
  const sockets = new Set<Socket>();
  let delayMs = 0;
  let isCut = false;
  let isStalled = false;

  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    if (isStalled) socket.pause();
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    return socket;
  };
  const accept = (client: Socket): void => {
    if (isCut) {
      client.destroy();
      return;
    }
    const port = typeof target === "number" ? target : target();
    const server = track(createConnection({ ...manners, port, host: "127.0.0.1" }));
    track(client);
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk) => {
      if (delayMs === 0) client.write(chunk);
      // Timers of one length fire in their order, so nothing overtakes.
      else void delay(delayMs).then(() => client.write(chunk));
    });
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy());
  };
  const server = createServer(manners, accept);
  // Only without an address is the socket made during the call, and belongs to the place.
  const listener = at
    ? at.place.within(() => server.listen(at.port))
    : server.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  const end = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    slowDown: (ms) => {
      delayMs = ms;
    },
    cut: (next) => {
      isCut = next;
      if (next) end();
    },
    stall: (next) => {
      isStalled = next;
      for (const socket of sockets) {
        if (next) socket.pause();
        else socket.resume();
      }
    },
    close: async () => {
      listener.close();
      end();
    },
  };
}
