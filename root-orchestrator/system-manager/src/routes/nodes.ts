import { Id, NodeView, NodeViewInFull } from "@oak/contracts";
import { type HttpApp, untilGone } from "@oak/kit";
import { z } from "zod";
import type { Caller } from "../domain/caller.ts";
import { onlyOwn, seesMachines, withoutAddress } from "../domain/visible-node.ts";
import { errors } from "../errors.ts";
import type { JobStore } from "../ports/jobs.ts";
import type { Nodes } from "../use-cases/list-nodes.ts";
import { ownService } from "../use-cases/own-documents.ts";
import { responses } from "./answers.ts";
import { callerOf, type Gates } from "./gates.ts";
import { createPaging } from "./paging.ts";

export interface NodeRoutesDeps {
  nodes: Nodes;
  jobs: Pick<JobStore, "find">;
  gates: Gates;
}

const tags = ["nodes"];

const paging = createPaging({
  id: (node: NodeView) => node.id,
  fields: [
    "name",
    "cluster_id",
    "cluster_name",
    "liveness",
    "schedulable",
    "architecture",
    "cpu_percent",
    "memory_percent",
    "vcpus",
    "memory",
    "instances",
    "last_seen",
  ],
});

const whoSees =
  "Administrators and infrastructure providers see everything. Others see which nodes there are and what they offer: " +
  "no addresses, and no workloads but their own.";

/** Workers of all clusters, by the word of their clusters. */
export function addNodeRoutes(app: HttpApp, { nodes, jobs, gates }: NodeRoutesDeps): void {
  const onRequest = gates.userStrict;
  app.get(
    "/api/nodes",
    {
      onRequest,
      schema: {
        tags,
        summary: "The workers of all clusters, or of one",
        description: `All clusters are asked at once. One that does not answer within three seconds is there with what it said last, marked \`stale\`. ${whoSees}`,
        querystring: paging.query.extend({
          cluster: z.string().min(1).max(128).optional().describe("id or name of a cluster"),
        }),
        response: responses(z.array(NodeView), 401, 404, 422),
      },
    },
    async (request, reply) => {
      const found = await nodes.list(request.query.cluster);
      const isOpen = seesMachines(callerOf(request));
      return paging
        .page(request, reply, found)
        .map((node) => (isOpen ? node : withoutAddress(node)));
    },
  );
  app.get(
    "/api/nodes/:nodeid",
    {
      onRequest,
      schema: {
        tags,
        summary: "One worker: its hardware, and what runs there",
        description: whoSees,
        params: z.object({ nodeid: z.string() }),
        response: responses(NodeViewInFull, 401, 404, 503, 504),
      },
    },
    async (request, reply) => {
      const id = Id.safeParse(request.params.nodeid);
      if (!id.success) throw errors.node_unknown();
      const caller = callerOf(request);
      const found = await untilGone({ app, reply }, (signal) =>
        nodes.get(id.data, { caller: caller.name, signal }),
      );
      if (seesMachines(caller)) return found;
      return onlyOwn(found, await ownServices(jobs, found, caller));
    },
  );
}

/** Which of the services that run there belong to the caller. */
async function ownServices(
  jobs: Pick<JobStore, "find">,
  { workloads }: NodeViewInFull,
  caller: Caller,
): Promise<ReadonlySet<Id>> {
  const ids = [...new Set(workloads.map(({ service_id }) => service_id))];
  const found = await Promise.allSettled(ids.map((id) => ownService(jobs.find, id, caller)));
  return new Set(ids.filter((_id, index) => found[index]?.status === "fulfilled"));
}
