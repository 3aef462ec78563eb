import { randomUUID } from "node:crypto";
import { chmod, mkdir } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import path from "node:path";
import {
  commonErrors,
  errorBody,
  type Logger,
  parseJsonBody,
  removeSocketFile,
  toAppError,
} from "@oak/kit";
import type { Routes } from "./route.ts";

export interface SocketServer {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface SocketServerOptions {
  /** Of the socket; its folder is made when absent. */
  path: string;
  routes: Routes;
  logger: Logger;
}

const largestBody = 1024 * 1024;

/**
 * JSON over HTTP on a unix socket that only its owner may use. On plain node:http: a whole framework for these routes
 * would cost an agent a third of its memory.
 */
export function createSocketServer({
  path: file,
  routes,
  logger,
}: SocketServerOptions): SocketServer {
  let server: Server | undefined;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const where = pathOf(request);
    try {
      const answer = await dispatch(routes, request, where).finally(() => {
        // Whoever was answered last would keep its connection, and the server open.
        if (server === undefined) response.setHeader("connection", "close");
      });
      if (answer === undefined) {
        response.end();
        return;
      }
      response.setHeader("content-type", "application/json; charset=utf-8");
      response.end(JSON.stringify(answer));
    } catch (err) {
      const id = randomUUID();
      const error = toAppError(err);
      const level = error.status === 500 ? "error" : "info";
      logger[level]({ path: where, status: error.status, requestId: id, err }, "request refused");
      response.writeHead(error.status, {
        "content-type": "application/json; charset=utf-8",
        // What is left of a body that is too large is not worth reading.
        ...(error.status === 413 && { connection: "close" }),
      });
      response.end(JSON.stringify(errorBody(error, { id, path: where })));
    }
  };

  return {
    start: async () => {
      await mkdir(path.dirname(file), { recursive: true });
      // The file of a process that was killed.
      await removeSocketFile(file);
      const next = createServer({ requestTimeout: 10_000 }, (request, response) => {
        handle(request, response).catch(() => response.destroy());
      });
      await new Promise<void>((resolve, reject) => {
        next.once("error", reject);
        next.listen(file, () => resolve());
      });
      await chmod(file, 0o600);
      server = next;
      logger.info({ socket: file }, "socket listens");
    },
    stop: async () => {
      const last = server;
      server = undefined;
      if (last === undefined) return;
      const closed = new Promise((resolve) => last.close(resolve));
      last.closeIdleConnections();
      await closed;
    },
  };
}

async function dispatch(routes: Routes, request: IncomingMessage, where: string): Promise<unknown> {
  const handler = Object.hasOwn(routes, `${request.method} ${where}`)
    ? routes[`${request.method} ${where}`]
    : undefined;
  if (handler === undefined) throw commonErrors.not_found(`No route ${request.method} ${where}`);
  return handler(request.method === "GET" ? undefined : parseJsonBody(await readBody(request)));
}

/** upstream: its client ends each path with a slash, others do not. */
function pathOf(request: IncomingMessage): string {
  const bare = (request.url ?? "/").split("?")[0] ?? "/";
  return bare.length > 1 && bare.endsWith("/") ? bare.slice(0, -1) : bare;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largestBody) throw commonErrors.payload_too_large();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
