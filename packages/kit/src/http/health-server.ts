import { createServer, type Server, type ServerResponse } from "node:http";
import type { Metrics } from "../metrics.ts";
import { livenessOf } from "./health-routes.ts";
import { type ListenAddress, listenOn } from "./listen.ts";
import { checkReadiness, type ReadinessChecks } from "./readiness.ts";
import { removeSocketFile } from "./remove-socket-file.ts";

export interface HealthServerOptions {
  /** Told by `/livez`. */
  name?: string;
  readiness: ReadinessChecks;
  metrics: Metrics;
  address: ListenAddress;
}

/** Serves `/livez`, `/readyz` and `/metrics` where there is no HTTP app (broker, agents). */
export interface HealthServer {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The port that it listens on; undefined on a unix socket or before `start`. */
  readonly port: number | undefined;
}

/** On plain node:http: a whole framework for three routes would cost an agent a third of its memory. */
export function createHealthServer({
  name,
  readiness,
  metrics,
  address,
}: HealthServerOptions): HealthServer {
  let server: Server | undefined;

  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    if (path === "/livez") {
      sendJson(response, 200, livenessOf(name));
    } else if (path === "/readyz") {
      const { isReady, checks } = await checkReadiness(readiness);
      sendJson(response, isReady ? 200 : 503, { status: isReady ? "ready" : "not ready", checks });
    } else if (path === "/metrics") {
      response.setHeader("content-type", metrics.contentType).end(await metrics.render());
    } else {
      sendJson(response, 404, { code: 404, status: "Not Found", message: `No route ${path}` });
    }
  };

  return {
    start: async () => {
      server = createServer(
        { requestTimeout: 10_000, headersTimeout: 5_000 },
        (request, response) => {
          answer(request.url?.split("?")[0] ?? "/", response).catch(() => response.destroy());
        },
      );
      await listenOn(server, address);
    },
    stop: async () => {
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      await new Promise((resolve) => {
        closing.close(resolve);
        closing.closeAllConnections();
      });
      if (address.path !== undefined) await removeSocketFile(address.path);
    },
    get port() {
      const bound = server?.address();
      return typeof bound === "object" && bound !== null ? bound.port : undefined;
    },
  };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
