import type { Logger } from "../logger.ts";
import type { HttpApp } from "./app.ts";
import type { ListenAddress } from "./listen.ts";
import { createHttpServer, type HttpServer } from "./server.ts";

export interface HttpFrontOptions {
  /** With its routes; made anew at each start, since an app that was closed is of no more use. */
  makeApp: () => Promise<HttpApp>;
  address: ListenAddress;
  logger: Logger;
}

/** The HTTP side of a service, as a component that may be started again. */
export function createHttpFront({ makeApp, address, logger }: HttpFrontOptions): HttpServer {
  let server: HttpServer | undefined;
  return {
    start: async () => {
      server = createHttpServer({ app: await makeApp(), address, logger });
      await server.start();
    },
    stop: async () => {
      await server?.stop();
      server = undefined;
    },
    url: () => {
      if (server === undefined) throw new Error("The service is not started");
      return server.url();
    },
  };
}
