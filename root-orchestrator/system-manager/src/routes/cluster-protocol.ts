import {
  ClusterRegistered,
  ClusterRegistration,
  ClusterReport,
  ClusterReportAnswer,
  Id,
  WantedAnswer,
} from "@oak/contracts";
import {
  type Authenticator,
  bearerToken,
  type HttpApp,
  principalOf,
  requirePrincipal,
} from "@oak/kit";
import { z } from "zod";
import { errors } from "../errors.ts";
import type { RootPlacer } from "../root-placer.ts";
import { responses } from "./answers.ts";

const tags = ["cluster protocol"];
const params = z.object({ clusterid: Id });

/** What clusters call: registration, their wishes, their reports. Each speaks for itself only. */
export function addClusterProtocol(
  app: HttpApp,
  { placer, clusters }: { placer: RootPlacer; clusters: Authenticator },
): void {
  const gate = requirePrincipal(clusters, "cluster");
  app.post(
    "/api/cluster/register",
    {
      schema: {
        tags,
        summary: "Register a cluster, with the join secret or with its token as bearer",
        body: ClusterRegistration,
        response: responses(ClusterRegistered, 401, 409, 503),
      },
    },
    async (request) =>
      placer.register(request.body, {
        bearer: bearerToken(request.headers),
        seenFrom: request.ip,
      }),
  );
  app.get(
    "/api/clusters/:clusterid/wanted",
    {
      onRequest: gate,
      schema: {
        tags,
        summary: "What the root wants of a cluster after a cursor; waits for a change",
        params,
        querystring: z.object({
          session: z.coerce.number().int().min(0),
          since: z.coerce.number().int().min(0).default(0),
          wait: z.coerce.number().min(0).max(30).default(0),
        }),
        response: responses(WantedAnswer, 401, 403, 409, 503),
      },
    },
    async (request, reply) => {
      const { clusterid } = request.params;
      assertSelf(principalOf(request), clusterid);
      const gone = new AbortController();
      const abort = (): void => gone.abort();
      // By hand: AbortSignal.any on Node 20 leaks when one signal outlives many requests.
      reply.raw.once("close", abort);
      app.closing.addEventListener("abort", abort, { once: true });
      try {
        return await placer.wanted(clusterid, request.query, gone.signal);
      } finally {
        app.closing.removeEventListener("abort", abort);
      }
    },
  );
  app.post(
    "/api/information/:clusterid",
    {
      onRequest: gate,
      bodyLimit: 16 * 1024 * 1024,
      schema: {
        tags,
        summary: "Report of a cluster: figures, and the instances that changed",
        params,
        body: ClusterReport,
        response: responses(ClusterReportAnswer, 401, 403, 409, 503),
      },
    },
    async (request) => {
      const { clusterid } = request.params;
      assertSelf(principalOf(request), clusterid);
      return placer.report(clusterid, request.body);
    },
  );
}

function assertSelf(principal: ReturnType<typeof principalOf>, clusterId: string): void {
  if (principal.kind !== "cluster" || principal.id !== clusterId) throw errors.forbidden();
}
