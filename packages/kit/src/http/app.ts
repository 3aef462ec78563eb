import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { IncomingMessage } from "node:http";
import type {
  FastifyBaseLogger,
  FastifyHttpOptions,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { addBodyParsers } from "./body-parsers.ts";
import { answerBrokenRequest } from "./broken-request.ts";
import { addDocs } from "./docs.ts";
import { endConnectionsOnClose } from "./end-connections.ts";
import { answerError, answerNotFound } from "./error-handler.ts";
import { addHealthRoutes } from "./health-routes.ts";
import type { ReadinessChecks } from "./readiness.ts";
import { observeRequests } from "./request-metrics.ts";
import { validatorCompiler } from "./validation.ts";

/** A Fastify instance whose routes take zod schemas. */
export type HttpApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module "fastify" {
  interface FastifyContextConfig {
    /** Status of this route's validation faults, where a client expects another than 422. */
    validationStatus?: number;
  }
  interface FastifyInstance {
    /** Aborted as soon as the app begins to close: long polls end on it. */
    closing: AbortSignal;
    /** Every route that was added, for whoever holds an inventory against it. */
    routeTable: readonly RouteEntry[];
  }
}

export interface RouteEntry {
  method: string;
  /** as it was added: `/api/things/:id` */
  path: string;
  /** not in the API document */
  isHidden: boolean;
}

/** How long a client may take; whoever sends byte by byte holds a socket for so long and no longer. */
export interface HttpPatience {
  /** milliseconds, for the headers of a request */
  headersMs: number;
  /** milliseconds, for all of it */
  requestMs: number;
}

export interface HttpAppOptions {
  /** The service; used in logs. */
  name: string;
  /** Title of the API document. */
  title: string;
  version: string;
  description?: string;
  logger: Logger;
  metrics: Metrics;
  /** What must hold for `/readyz` to answer 200. */
  readiness: ReadinessChecks;
  /** Bytes; larger bodies get 413. */
  bodyLimit?: number;
  /** API document and page. On unless false. */
  docs?: boolean;
  /** Any web page may call. On unless false. */
  cors?: boolean;
  patience?: HttpPatience;
}

const mebibyte = 1024 * 1024;
const usualPatience: HttpPatience = { headersMs: 15_000, requestMs: 30_000 };

/**
 * Makes the HTTP side of a service: one error shape, OpenAPI, health and metrics. Add routes to what it
 * answers, then listen (see `createHttpServer`). Everything heavy is imported here and not with the
 * module, for the sake of processes that serve no HTTP.
 */
export async function createHttpApp(options: HttpAppOptions): Promise<HttpApp> {
  const [{ fastify, LogController }, { serializerCompiler }] = await Promise.all([
    import("fastify"),
    import("fastify-type-provider-zod"),
  ]);
  const app: HttpApp = fastify({
    ...serverOptions(options),
    // Requests are logged by an own hook, one line each.
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: "requestId",
    }),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(answerNotFound);
  addBodyParsers(app);
  addClosingSignal(app);
  endConnectionsOnClose(app, (options.patience ?? usualPatience).requestMs);
  addRouteTable(app);
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    // Nobody shall take an answer for a page or a script because of what is in it.
    reply.header("x-content-type-options", "nosniff");
    done();
  });
  observeRequests(app, options.metrics);
  if (options.cors !== false) await addCors(app);
  if (options.docs !== false) await addDocs(app, options);
  addHealthRoutes(app, options);
  return app;
}

function serverOptions({ name, logger, bodyLimit = mebibyte, patience }: HttpAppOptions) {
  const { headersMs, requestMs } = patience ?? usualPatience;
  const loggerInstance: FastifyBaseLogger = logger.child({ component: `${name}-http` });
  return {
    loggerInstance,
    bodyLimit,
    genReqId: requestIdOf,
    // upstream: its clients use both forms of each path and follow redirects badly.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    requestTimeout: requestMs,
    http: { headersTimeout: headersMs, connectionsCheckingInterval: Math.ceil(headersMs / 3) },
    // Longer than clients keep a socket, so that the server is never the one to close under a request.
    keepAliveTimeout: 72_000,
    forceCloseConnections: "idle",
    // What arrives while closing on a kept socket is still served, and the socket closed after it.
    return503OnClosing: false,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: answerError,
  } satisfies FastifyHttpOptions<RawServerDefault, FastifyBaseLogger>;
}

/** A caller's own id is kept, so that one id leads through all services; nothing else fits in a log. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

function addRouteTable(app: HttpApp): void {
  const routes: RouteEntry[] = [];
  app.decorate("routeTable", routes);
  app.addHook("onRoute", ({ method, url: path, schema }) => {
    const isHidden = schema?.hide === true;
    routes.push(...[method].flat().map((one) => ({ method: one, path, isHidden })));
  });
}

function addClosingSignal(app: HttpApp): void {
  const controller = new AbortController();
  // One for each request that waits: their number says nothing.
  setMaxListeners(0, controller.signal);
  app.decorate("closing", controller.signal);
  app.addHook("preClose", async () => controller.abort());
}

async function addCors(app: HttpApp): Promise<void> {
  const { default: cors } = await import("@fastify/cors");
  // upstream: all origins on all paths. Tokens travel in a header, never in a cookie.
  await app.register(cors, {
    origin: "*",
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    exposedHeaders: ["x-request-id", "x-total-count", "link", "etag", "retry-after"],
    maxAge: 600,
    strictPreflight: false,
  });
}
