import type { FastifyInstance } from "fastify";
import type { Metrics } from "../metrics.ts";
import { VERSION } from "../version.ts";
import { checkReadiness, type ReadinessChecks } from "./readiness.ts";

/** Answer of `/livez`: whoever finds this on a port knows what listens there. */
export interface Liveness {
  status: "alive";
  /** Absent: not told. */
  service?: string;
  version: string;
}

export function livenessOf(service: string | undefined): Liveness {
  return { status: "alive", ...(service !== undefined && { service }), version: VERSION };
}

/** `/livez` (the process answers, and which one it is), `/readyz` (it can do its work) and `/metrics`. */
export function addHealthRoutes(
  app: FastifyInstance,
  { name, readiness, metrics }: { name: string; readiness: ReadinessChecks; metrics: Metrics },
): void {
  const schema = { hide: true };
  app.get("/livez", { schema }, async () => livenessOf(name));
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
