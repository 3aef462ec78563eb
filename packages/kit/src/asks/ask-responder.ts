import { Readable } from "node:stream";
import type { Ask, AskRefusal } from "@oak/contracts";
import type { z } from "zod";
import { commonErrors } from "../errors.ts";
import { toAppError } from "../http/error-handler.ts";
import type { Logger } from "../logger.ts";
import type { AskUplink } from "./uplink.ts";

/**
 * Answers one kind of question, with a stream of bytes. What it throws becomes the refusal. `signal` aborts when
 * nobody wants the answer any more; then the stream is destroyed as well.
 */
export type AskHandler = (params: unknown, signal: AbortSignal) => Promise<Readable>;

/** By kind. */
export type AskHandlers = Readonly<Record<string, AskHandler>>;

/** A handler whose parameters are checked first. */
export function askHandler<Schema extends z.ZodType>(
  schema: Schema,
  answer: (params: z.output<Schema>, signal: AbortSignal) => Promise<Readable>,
): AskHandler {
  return async (params, signal) => {
    const parsed = schema.safeParse(params);
    if (!parsed.success) throw commonErrors.invalid_input("The question cannot be understood");
    return answer(parsed.data, signal);
  };
}

/** An answer that is one JSON text. */
export function jsonAnswer(value: unknown): Readable {
  return Readable.from([Buffer.from(JSON.stringify(value))]);
}

export interface AskResponderOptions {
  handlers: AskHandlers;
  uplink: Pick<AskUplink, "send" | "refuse">;
  /** Answers under way; more are refused. */
  mostAtOnce?: number;
  logger: Logger;
}

/** The side of the child. */
export interface AskResponder {
  /** Begins to answer; one that came before is answered once. Never throws. */
  take(ask: Ask): void;
  /** Ends all answers, and resolves when they have ended. */
  stop(): Promise<void>;
}

const mostRemembered = 1_024;

export function createAskResponder(options: AskResponderOptions): AskResponder {
  const { handlers, uplink, mostAtOnce = 256, logger } = options;
  const underWay = new Map<Promise<void>, AbortController>();
  /** A question is told again until it is answered. */
  const known = new Set<string>();

  const refuse = async (ask: Ask, error: unknown): Promise<void> => {
    const { status, code, message } = toAppError(error);
    const refusal: AskRefusal = { status, code, message: message.slice(0, 500) };
    if (status >= 500) logger.info({ kind: ask.kind, err: error }, "a question is not answered");
    await uplink.refuse(ask.id, refusal);
  };
  const answer = async (ask: Ask, controller: AbortController): Promise<void> => {
    const { signal } = controller;
    try {
      const body = await answerOf(ask, signal).catch((error: unknown) => refuse(ask, error));
      if (body === undefined) return;
      if (signal.aborted) body.destroy();
      else await uplink.send(ask.id, body, signal);
    } catch (err) {
      // Mostly nobody waits any more; who does learns it by the silence.
      logger.debug({ kind: ask.kind, err }, "an answer was not taken to its end");
    } finally {
      controller.abort();
    }
  };
  const answerOf = async ({ kind, params }: Ask, signal: AbortSignal): Promise<Readable> => {
    const handler = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined;
    if (handler === undefined) throw commonErrors.unavailable("This question is not known here");
    if (underWay.size > mostAtOnce) {
      throw commonErrors.unavailable("Too many questions are being answered");
    }
    return handler(params, signal);
  };

  return {
    take: (ask) => {
      if (known.has(ask.id)) return;
      known.add(ask.id);
      for (const id of known) {
        if (known.size <= mostRemembered) break;
        known.delete(id);
      }
      const controller = new AbortController();
      const answering = answer(ask, controller).finally(() => underWay.delete(answering));
      underWay.set(answering, controller);
    },
    stop: async () => {
      for (const controller of underWay.values()) controller.abort();
      await Promise.all(underWay.keys());
    },
  };
}
