import {
  Id,
  NetAddresses,
  NetAddressesQuery,
  NetDeployStatus,
  NetInstanceDeploy,
  NetServiceDeploy,
  TableService,
} from "@oak/contracts";
import { type HttpApp, principalOf } from "@oak/kit";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { AnswerQuery } from "../use-cases/answer-query.ts";
import type { ListAddresses } from "../use-cases/list-addresses.ts";
import type { ServiceAddresses } from "../use-cases/service-addresses.ts";
import type { TakeAttachments } from "../use-cases/take-attachments.ts";
import { faultsAre400, responses, says } from "./answers.ts";
import { nameOf } from "./clusters.ts";
import { clusterOf, type Gates } from "./gates.ts";

export interface ServiceRouteDeps {
  gates: Gates;
  addresses: ServiceAddresses;
  listAddresses: ListAddresses;
  takeAttachments: TakeAttachments;
  answerQuery: AnswerQuery;
}

const tags = ["services"];

/** Addresses of services and their instances, where they are attached, and who wants to know. */
export function addServiceRoutes(app: HttpApp, deps: ServiceRouteDeps): void {
  addAddressRoutes(app, deps);
  addQueries(app, deps);
  app.post(
    "/api/net/service/net_deploy_status",
    {
      onRequest: deps.gates.cluster,
      config: faultsAre400,
      schema: {
        tags,
        summary: "Where copies are attached; by their cluster",
        body: NetDeployStatus,
        response: says("Status updated", 400, 401, 404, 503),
      },
    },
    async (request) => {
      await deps.takeAttachments(clusterOf(request), request.body);
      return "Status updated" as const;
    },
  );
}

function addAddressRoutes(app: HttpApp, { gates, addresses }: ServiceRouteDeps): void {
  const onRequest = gates.tier;
  const config = faultsAre400;
  app.post(
    "/api/net/service/deploy",
    {
      onRequest,
      config,
      schema: {
        tags,
        summary: "A service gets its addresses; by the system-manager",
        body: NetServiceDeploy,
        response: says("Instance info added", 400, 401, 409, 503, 507),
      },
    },
    async ({ body }) => {
      await addresses.deploy(body._id, body.deployment_descriptor);
      return "Instance info added" as const;
    },
  );
  app.delete(
    "/api/net/service/:id",
    {
      onRequest,
      config,
      schema: {
        tags,
        summary: "A service is gone: its addresses come back",
        params: z.object({ id: Id }),
        querystring: z.object({
          retired: z
            .enum(["true", "false"])
            .default("false")
            .describe("its owner deleted it, instances that are left are on their way out"),
        }),
        response: says("Job removed successfully", 400, 401, 404, 503),
      },
    },
    async ({ params, query }) => {
      if (query.retired === "true") await addresses.retire(params.id);
      else await addresses.remove(params.id);
      return "Job removed successfully" as const;
    },
  );
  app.post(
    "/api/net/instance/deploy",
    {
      onRequest,
      config,
      schema: {
        tags,
        summary: "An instance gets its addresses, which stay with it wherever it goes",
        body: NetInstanceDeploy,
        response: says("Instance info added", 400, 401, 404, 503, 507),
      },
    },
    async ({ body }) => {
      await addresses.deployInstance(body._id, body.instance_number);
      return "Instance info added" as const;
    },
  );
  app.delete(
    "/api/net/:id/:instance_number",
    {
      onRequest,
      config,
      schema: {
        tags,
        summary: "An instance is gone, or (-1) all of a service",
        params: z.object({
          id: Id,
          instance_number: z.coerce.number().int().min(-1).max(Number.MAX_SAFE_INTEGER),
        }),
        response: says("Instance info cleared", 400, 401, 404, 503),
      },
    },
    async ({ params }) => {
      await addresses.removeInstances(params.id);
      return "Instance info cleared" as const;
    },
  );
}

function addQueries(app: HttpApp, { gates, answerQuery, listAddresses }: ServiceRouteDeps): void {
  app.post(
    "/api/net/addresses",
    {
      onRequest: gates.tier,
      config: faultsAre400,
      schema: {
        tags,
        summary: "Which addresses services and their instances have; by the system-manager",
        body: NetAddressesQuery,
        response: responses(NetAddresses, 400, 401, 503),
      },
    },
    async ({ body }) => ({ services: await listAddresses(body.job_ids) }),
  );
  const response = responses(TableService, 400, 401, 404, 503);
  const onRequest = gates.any;
  app.get(
    "/api/net/service/:service_name/instances",
    {
      onRequest,
      schema: {
        tags,
        summary: "What stands behind a name; the cluster hears of its changes from now on",
        params: z.object({ service_name: z.string().min(1).max(256) }),
        response,
      },
    },
    (request) =>
      answerQuery({ name: nameOf(request.params.service_name) }, interestedCluster(request)),
  );
  app.get(
    "/api/net/service/ip/:service_ip/instances",
    {
      onRequest,
      schema: {
        tags,
        summary: "What stands behind an address of a service or of an instance",
        params: z.object({ service_ip: z.string().min(1).max(64) }),
        response,
      },
    },
    (request) => answerQuery({ ip: nameOf(request.params.service_ip) }, interestedCluster(request)),
  );
}

/** A service of the root asks for itself, not for a cluster. */
function interestedCluster(request: FastifyRequest): string | undefined {
  const principal = principalOf(request);
  return principal.kind === "cluster" ? principal.id : undefined;
}
