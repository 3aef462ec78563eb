import { chmod } from "node:fs/promises";
import type { Logger } from "../logger.ts";
import type { HttpApp } from "./app.ts";
import type { ListenAddress } from "./listen.ts";
import { removeSocketFile } from "./remove-socket-file.ts";

export interface HttpServerOptions {
  app: HttpApp;
  address: ListenAddress;
  logger: Logger;
}

/** An app that listens, as a component. */
export interface HttpServer {
  start(): Promise<void>;
  /** Ends long polls, lets running requests finish, closes idle connections. */
  stop(): Promise<void>;
  /** `http://host:port` or `unix:/path`, as `createHttpClient` takes it; throws before `start`. */
  url(): string;
}

export function createHttpServer({ app, address, logger }: HttpServerOptions): HttpServer {
  const url = (): string => {
    if (address.path !== undefined) return `unix:${address.path}`;
    const bound = app.server.address();
    if (typeof bound !== "object" || bound === null) throw new Error("The server does not listen");
    const host = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
    return `http://${host}:${bound.port}`;
  };
  return {
    start: async () => {
      if (address.path !== undefined) await removeSocketFile(address.path);
      await app.listen({ ...address, listenTextResolver: () => "http server starts to listen" });
      if (address.path !== undefined) await chmod(address.path, 0o600);
      logger.info({ url: url() }, "http server listens");
    },
    stop: () => app.close(),
    url,
  };
}
