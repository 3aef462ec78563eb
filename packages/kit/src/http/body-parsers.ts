import type { FastifyInstance, FastifyRequest } from "fastify";
import { commonErrors } from "../errors.ts";
import { parseJsonBody } from "./json-body.ts";

/**
 * JSON in, whatever its size, even none: upstream's command line tools post without a body and without
 * a media type, or announce JSON and send nothing. A body without a media type is read as JSON. Other
 * media types get 415 unless a route's plugin adds a parser for them.
 */
export function addBodyParsers(app: FastifyInstance): void {
  const asString = { parseAs: "string" } as const;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^application\/([\w.-]+\+)?json\b/,
    asString,
    async (_request: FastifyRequest, body: string) => parseJsonBody(body),
  );
  app.addContentTypeParser("*", asString, async (request: FastifyRequest, body: string) => {
    const mediaType = request.headers["content-type"];
    if (body === "" || mediaType === undefined) return parseJsonBody(body);
    throw commonErrors.unsupported_media_type(`Send application/json, not ${mediaType}`);
  });
}
