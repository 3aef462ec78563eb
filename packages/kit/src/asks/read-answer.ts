import type { Readable } from "node:stream";
import type { z } from "zod";
import { AppError, commonErrors } from "../errors.ts";
import { parseJsonBody } from "../http/json-body.ts";

/**
 * Reads an answer that is one JSON text; how large it may be was said with the question.
 * @throws AppError unavailable: it was cut off, or is not what it should be
 */
export async function readJsonAnswer<Schema extends z.ZodType>(
  body: Readable,
  schema: Schema,
): Promise<z.output<Schema>> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return schema.parse(parseJsonBody(Buffer.concat(chunks).toString("utf8")));
  } catch (cause) {
    if (cause instanceof AppError && cause.status >= 500) throw cause;
    throw commonErrors.unavailable({ detail: "What came back cannot be read", cause });
  }
}
