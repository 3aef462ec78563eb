import { Readable } from "node:stream";
import { AskId, AskRefusal } from "@oak/contracts";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { AppError, commonErrors } from "../errors.ts";
import type { HttpApp } from "../http/app.ts";
import { errorBodySchema } from "../http/error-body.ts";
import { allowLongBody } from "../http/long-body.ts";
import type { AskBook } from "./ask-book.ts";

export interface AskRoutesOptions {
  /** Where answers are brought to, for example `/api/cluster/asks`. */
  path: string;
  book: Pick<AskBook, "accept" | "refuse">;
  /** Lets only children in, before anything is read of the body. */
  gate(request: FastifyRequest): Promise<void>;
  childOf(request: FastifyRequest): string;
  tags: string[];
}

/** The media type of an answer in frames. */
export const answerMediaType = "application/octet-stream";

const params = z.object({ askid: AskId });
const done = z.object({ message: z.literal("ok") });

/** Where children bring what they were asked for; see `createAskUplink` for their side. */
export function addAskRoutes(app: HttpApp, options: AskRoutesOptions): void {
  const { path, book, gate, childOf, tags } = options;
  app.post(
    `${path}/:askid/refusal`,
    {
      onRequest: gate,
      bodyLimit: 8 * 1024,
      schema: {
        tags,
        summary: "A question cannot be answered, and why",
        params,
        body: AskRefusal,
        response: { 200: done, 401: errorBodySchema, 404: errorBodySchema },
      },
    },
    async (request) => {
      book.refuse(childOf(request), request.params.askid, request.body);
      return { message: "ok" as const };
    },
  );
  void app.register(async (plugin) => {
    const streams = plugin as HttpApp;
    streams.removeAllContentTypeParsers();
    streams.addContentTypeParser(answerMediaType, async (_request: unknown, body: unknown) => body);
    streams.post(
      `${path}/:askid`,
      {
        onRequest: gate,
        schema: {
          tags,
          summary: "The answer to a question, as a stream",
          description:
            "Pieces behind four bytes each that hold their length, high byte first; a length of 0 says that the " +
            "sender is still there, 0xffffffff that this was all. Ends as soon as nobody wants it any more.",
          params,
          response: { 200: done, 400: errorBodySchema, 401: errorBodySchema, 404: errorBodySchema },
        },
      },
      async (request, reply) => {
        if (!(request.body instanceof Readable)) throw commonErrors.malformed_body("Send a stream");
        allowLongBody(request);
        const { socket } = request.raw;
        try {
          await book.accept(childOf(request), request.params.askid, request.body);
        } catch (cause) {
          // Nobody reads the rest, which may have no end; by itself the server would.
          reply.raw.once("finish", () => socket.destroySoon());
          if (cause instanceof AppError && cause.status === 404) throw cause;
          throw commonErrors.bad_request({ detail: "The answer ended early", cause });
        }
        return { message: "ok" as const };
      },
    );
  });
}
