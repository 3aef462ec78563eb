import { AppError } from "@oak/kit";
import type { FastifyReply } from "fastify";

/** Puts `Retry-After` beside a refusal that says when to try again. */
export async function tellingWhen<T>(reply: FastifyReply, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    const seconds = error instanceof AppError ? error.params?.["retry_after_s"] : undefined;
    if (seconds !== undefined) reply.header("retry-after", String(seconds));
    throw error;
  }
}
