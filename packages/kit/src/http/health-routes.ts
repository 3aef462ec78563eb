import type { FastifyInstance } from "fastify";
import type { Metrics } from "../metrics.ts";
import { checkReadiness, type ReadinessChecks } from "./readiness.ts";

/** `/livez` (the process answers), `/readyz` (it can do its work) and `/metrics`. */
export function addHealthRoutes(
  app: FastifyInstance,
  { readiness, metrics }: { readiness: ReadinessChecks; metrics: Metrics },
): void {
  const schema = { hide: true };
  app.get("/livez", { schema }, async () => ({ status: "alive" }));
  app.get("/readyz", { schema }, async (_request, reply) => {
    const { isReady, checks } = await checkReadiness(
      // Whoever balances between replicas over a kept connection must learn that this one leaves.
      app.closing.aborted ? { ...readiness, running: failStopping } : readiness,
    );
    return reply
      .code(isReady ? 200 : 503)
      .send({ status: isReady ? "ready" : "not ready", checks });
  });
  app.get("/metrics", { schema }, async (_request, reply) => {
    return reply.type(metrics.contentType).send(await metrics.render());
  });
}

async function failStopping(): Promise<never> {
  throw new Error("the service is stopping");
}
