import type { ClientRequest, IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { HttpError, UnreachableError } from "./client-errors.ts";
import { createConnections, readAnswer } from "./transport.ts";

export interface UploadRequest {
  path: string;
  headers: Readonly<Record<string, string>>;
  /** Sent as it comes, as fast as the other side reads. It is destroyed in the end, whatever that is. */
  body: Readable;
  /** Ends it: the other side sees it cut off. */
  signal: AbortSignal;
}

/** Sends streams over connections that are kept. */
export interface Uploader {
  /**
   * Resolves when the whole body was taken. Rejects with HttpError (refused, perhaps in the middle) or
   * UnreachableError (no connection, cut off, or the body itself failed).
   */
  post(request: UploadRequest): Promise<void>;
  close(): void;
}

/** @param baseUrl `http://…` or `https://…`, with a path if all paths start with it */
export function createUploader(baseUrl: string): Uploader {
  const connections = createConnections(baseUrl);
  const prefix = new URL(baseUrl).pathname.replace(/\/$/, "");
  return {
    post: async (request) => {
      const name = `POST ${request.path}`;
      try {
        const start = await connections.open();
        const { path, headers } = request;
        const outgoing = start({ method: "POST", path: `${prefix}${path}`, headers });
        const answer = await readAnswer(await sent(outgoing, request));
        const { status, text } = answer;
        if (status < 200 || status >= 300) throw new HttpError(name, { status, body: text });
      } catch (cause) {
        if (cause instanceof HttpError) throw cause;
        throw new UnreachableError(name, { isTimeout: false, cause });
      } finally {
        request.body.destroy();
      }
    },
    close: connections.close,
  };
}

/** Sends the body until it ends or an answer comes, which may be before. */
function sent(outgoing: ClientRequest, { body, signal }: UploadRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(error);
      outgoing.destroy();
    };
    const abort = (): void => fail(new Error("The upload was ended"));
    outgoing.once("response", (incoming) => {
      // An answer in the middle of the body is a refusal: nobody reads the rest, nor the connection's next request.
      if (!outgoing.writableFinished) {
        body.unpipe(outgoing);
        incoming.once("close", () => outgoing.destroy());
      }
      resolve(incoming);
    });
    outgoing.on("error", reject);
    outgoing.once("close", () => {
      signal.removeEventListener("abort", abort);
      body.destroy();
    });
    body.once("error", fail);
    body.once("close", () => {
      if (!body.readableEnded) fail(new Error("The body ended early"));
    });
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    else {
      // Whoever waits for the answer waits for its beginning first.
      outgoing.flushHeaders();
      body.pipe(outgoing);
    }
  });
}
