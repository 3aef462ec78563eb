import type { FastifyInstance } from "fastify";
import type { Metrics } from "../metrics.ts";

/** One histogram for all routes, labelled by pattern and never by path: ids would make it endless. */
export function observeRequests(app: FastifyInstance, metrics: Metrics): void {
  const duration = metrics.histogram({
    name: "http_request_duration_seconds",
    help: "From the arrival of a request to the end of its answer",
    labels: ["method", "route", "status"],
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? "(none)";
    duration.observe(
      { method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1_000,
    );
    request.log.debug(
      { method, route, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime) },
      "request answered",
    );
    done();
  });
}
