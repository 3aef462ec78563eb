import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HttpApp } from "./app.ts";

/** How long a connection without a request may stay once the server closes: its first request may be on the way. */
const freshMs = 1_000;

/**
 * Lets a closing server end. Node closes connections that have had a request and rest, and from then on enforces none of
 * its time limits: a spare connection that was never used, or a request of which half has come, would hold it up for as
 * long as the client likes. Requests that have come whole end by themselves.
 * @param requestMs what a request may take to arrive, milliseconds
 */
export function endConnectionsOnClose(app: HttpApp, requestMs: number): void {
  /** With the requests under way on each. */
  const connections = new Map<Socket, Set<ServerResponse>>();
  app.server.on("connection", (socket: Socket) => {
    connections.set(socket, new Set());
    socket.once("close", () => connections.delete(socket));
  });
  app.server.on("request", ({ socket }, response: ServerResponse) => {
    const underWay = connections.get(socket);
    underWay?.add(response);
    response.once("close", () => underWay?.delete(response));
  });
  const endThose = (isOver: (underWay: Set<ServerResponse>) => boolean): void => {
    for (const [socket, underWay] of connections) if (isOver(underWay)) socket.destroy();
  };

  const timers: NodeJS.Timeout[] = [];
  app.addHook("preClose", async () => {
    const isUnused = (underWay: Set<ServerResponse>): boolean => underWay.size === 0;
    const isHalf = (underWay: Set<ServerResponse>): boolean =>
      isUnused(underWay) || [...underWay].some(({ req }) => !req.complete);
    timers.push(
      setInterval(() => endThose(isUnused), freshMs),
      setTimeout(() => endThose(isHalf), requestMs),
    );
  });
  app.addHook("onClose", async () => {
    for (const timer of timers) clearTimeout(timer);
  });
}
