import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { errorBodySchema, type HttpApp } from "@oak/kit";
import type { z } from "zod";

declare module "fastify" {
  interface FastifyContextConfig {
    /** upstream: the body is a JSON string that holds JSON; served so when asked for by configuration. */
    doubleEncoded?: boolean;
  }
}

/** Response schemas of a route: its success, and the errors that a reader of the document should know. */
export function responses<Success extends z.ZodType>(success: Success, ...statuses: number[]) {
  const refusals = Object.fromEntries(statuses.map((status) => [status, errorBodySchema]));
  return { 200: success, ...refusals } as { 200: Success };
}

/** upstream: every error of its older family of routes is in `msg`; ours say both. */
export function addMsgToErrors(app: HttpApp): void {
  app.addHook("preSerialization", async (_request, reply, payload: unknown) => {
    if (reply.statusCode < 400 || typeof payload !== "object" || payload === null) return payload;
    const message: unknown = Reflect.get(payload, "message");
    return typeof message === "string" ? { ...payload, msg: message } : payload;
  });
}

/** For scripts that insist on the double encoding of the routes that have it upstream. */
export function addDoubleEncoding(app: HttpApp): void {
  app.addHook("onSend", async (request, reply, payload: unknown) => {
    const isMeant = request.routeOptions.config.doubleEncoded === true && reply.statusCode === 200;
    if (!isMeant) return payload;
    const json = payload instanceof Readable ? await text(payload) : payload;
    return typeof json === "string" ? JSON.stringify(json) : json;
  });
}
