import { NetClusterRegistration, NetClusters, NetUpdates, TunnelOffer } from "@oak/contracts";
import { type HttpApp, untilGone } from "@oak/kit";
import { z } from "zod";
import type { ClusterStore } from "../ports.ts";
import type { PassOffer } from "../use-cases/pass-offer.ts";
import type { PollUpdates } from "../use-cases/poll-updates.ts";
import { faultsAre400, responses, says } from "./answers.ts";
import { clusterOf, type Gates } from "./gates.ts";

export interface ClusterRouteDeps {
  gates: Gates;
  clusters: ClusterStore;
  remove: (clusterId: string) => Promise<void>;
  poll: PollUpdates;
  offer: PassOffer;
  /** Told when a cluster was registered: there may be something to push. */
  onRegistered(): void;
  /** Told when a cluster asks, and with which cursor. */
  onPoll(clusterId: string): () => void;
}

const tags = ["clusters"];
/** Longer waits are cut, so that a proxy in between never is the one to give up. */
const longestWaitS = 30;

/** Who the clusters are, and what each wants to hear of. */
export function addClusterRoutes(app: HttpApp, deps: ClusterRouteDeps): void {
  const { gates, clusters } = deps;
  app.post(
    "/api/net/cluster",
    {
      onRequest: gates.tier,
      config: faultsAre400,
      schema: {
        tags,
        summary: "A cluster has registered; by the system-manager",
        body: NetClusterRegistration,
        response: says("cluster registered", 400, 401, 503),
      },
    },
    async ({ body }) => {
      await clusters.register({
        _id: body.cluster_id,
        address: body.cluster_address,
        port: String(body.cluster_port),
        status: "ACTIVE",
        ...(body.token_hash === undefined ? {} : { token_hash: body.token_hash }),
      });
      deps.onRegistered();
      return "cluster registered" as const;
    },
  );
  app.get(
    "/api/net/cluster",
    {
      onRequest: gates.tier,
      schema: {
        tags,
        summary: "Which clusters are registered; by the system-manager",
        response: responses(NetClusters, 401, 503),
      },
    },
    async () => ({ cluster_ids: (await clusters.list()).map(({ _id }) => _id) }),
  );
  app.delete(
    "/api/net/cluster/:cluster_id",
    {
      onRequest: gates.tier,
      schema: {
        tags,
        summary: "A cluster is removed: its interests and the subnets of its workers go",
        params: z.object({ cluster_id: z.string().min(1).max(256) }),
        response: says("cluster removed", 401, 404, 503),
      },
    },
    async ({ params }) => {
      await deps.remove(params.cluster_id);
      return "cluster removed" as const;
    },
  );
  app.delete(
    "/api/net/interest/:job_name",
    {
      onRequest: gates.cluster,
      schema: {
        tags,
        summary: "A cluster does not want to hear of a service any more",
        params: z.object({ job_name: z.string().min(1).max(256) }),
        response: says("deregistered", 401, 503),
      },
    },
    async (request) => {
      await clusters.removeInterest(clusterOf(request), nameOf(request.params.job_name));
      return "deregistered" as const;
    },
  );
  addUpdates(app, deps);
  addOffers(app, deps);
}

function addOffers(app: HttpApp, { gates, offer }: ClusterRouteDeps): void {
  app.post(
    "/api/net/tunnel/offer",
    {
      onRequest: gates.cluster,
      config: faultsAre400,
      schema: {
        tags,
        summary: "A worker of the cluster will reach an instance of another one by WireGuard",
        body: TunnelOffer,
        response: says("offer passed on", 400, 401, 403, 404, 503),
      },
    },
    async (request) => {
      await offer(clusterOf(request), request.body);
      return "offer passed on" as const;
    },
  );
}

function addUpdates(app: HttpApp, { gates, poll, onPoll }: ClusterRouteDeps): void {
  app.get(
    "/api/net/updates",
    {
      onRequest: gates.cluster,
      schema: {
        tags,
        summary: "What a cluster asked for and has changed after a cursor; waits for a change",
        querystring: z.object({
          since: z.string().max(64).default(""),
          wait: z.coerce.number().min(0).default(0),
        }),
        response: responses(NetUpdates, 401, 404, 503),
      },
    },
    (request, reply) => {
      const clusterId = clusterOf(request);
      const { since, wait } = request.query;
      const timeoutMs = Math.min(wait, longestWaitS) * 1_000;
      return untilGone({ app, reply }, async (signal) => {
        const ended = onPoll(clusterId);
        try {
          return await poll({ clusterId, since, timeoutMs, signal });
        } finally {
          ended();
        }
      });
    },
  );
}

/** upstream: dots of a name travel as underscores, which no name has. */
export function nameOf(segment: string): string {
  return segment.replaceAll("_", ".");
}
