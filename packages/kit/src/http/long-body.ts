import type { Socket } from "node:net";
import type { FastifyRequest } from "fastify";

const longBodies = new WeakSet<Socket>();

/**
 * The body of this request may take as long as it wants: whoever reads it watches over it. All other requests are
 * ended when they have not arrived within the server's `requestTimeout`.
 */
export function allowLongBody({ raw }: FastifyRequest): void {
  longBodies.add(raw.socket);
  raw.once("end", () => longBodies.delete(raw.socket));
}

export function hasLongBody(socket: Socket): boolean {
  return longBodies.has(socket);
}
