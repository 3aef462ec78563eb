import { Message, ServicesCreated, ServiceView, Sla, SlaDiff } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { entityTag } from "../domain/if-match.ts";
import type { ApplicationStore } from "../ports/applications.ts";
import type { JobStore, JobWithInstances } from "../ports/jobs.ts";
import type { Network } from "../ports/network.ts";
import type { createAddServices } from "../use-cases/add-services.ts";
import type { createDeleteService } from "../use-cases/delete-service.ts";
import type { createDryRuns } from "../use-cases/diff-sla.ts";
import { ownApplication, ownService } from "../use-cases/own-documents.ts";
import { responses } from "./answers.ts";
import { dryRunQuery, ifMatchHeader } from "./conditions.ts";
import { callerOf, type Gates } from "./gates.ts";
import { createPaging } from "./paging.ts";
import { createServiceTexts, sendJsonText } from "./service-texts.ts";
import { uncheckedBody } from "./unchecked-body.ts";

export interface ServiceRoutesDeps {
  applications: Pick<ApplicationStore, "find">;
  jobs: Pick<JobStore, "list" | "findWithInstances">;
  addServices: ReturnType<typeof createAddServices>;
  deleteService: ReturnType<typeof createDeleteService>;
  network: Pick<Network, "addressesOf">;
  dryRuns: Pick<ReturnType<typeof createDryRuns>, "addServices">;
  gates: Gates;
}

const tags = ["services"];
const params = z.object({ serviceid: z.string() });
const list = z.array(ServiceView);
const paging = createPaging({
  id: (service: JobWithInstances) => service._id,
  fields: [
    "microserviceID",
    "microservice_name",
    "microservice_namespace",
    "applicationID",
    "application_name",
    "application_namespace",
    "job_name",
    "image",
    "virtualization",
    "status",
  ],
  read: (service, field) => {
    if (field === "microserviceID") return service._id;
    if (field === "application_name") return service.app_name;
    return field === "application_namespace" ? service.app_ns : service[field];
  },
});

export function addServiceRoutes(app: HttpApp, deps: ServiceRoutesDeps): void {
  addWritingRoutes(app, deps);
  addReadingRoutes(app, deps);
}

function addWritingRoutes(app: HttpApp, deps: ServiceRoutesDeps): void {
  const onRequest = [deps.gates.userStrict, deps.gates.provider];
  app.post(
    "/api/service",
    {
      onRequest,
      validatorCompiler: uncheckedBody,
      schema: {
        tags,
        summary: "Add services to an application",
        description:
          "`applications[0].applicationID` names an own application; its `microservices` are added. " +
          "Those whose name or address is taken stand in `failed_services`.",
        querystring: dryRunQuery,
        body: Sla,
        response: responses(z.union([ServicesCreated, SlaDiff]), 401, 403, 404, 409, 422, 503),
      },
    },
    async (request) =>
      request.query.dryRun === "true"
        ? deps.dryRuns.addServices(request.body, callerOf(request))
        : deps.addServices(request.body, callerOf(request)),
  );
  app.delete(
    "/api/service/:serviceid",
    {
      onRequest,
      schema: {
        tags,
        summary: "Delete a service with all its instances",
        params,
        headers: ifMatchHeader,
        response: responses(Message, 401, 403, 404, 412),
      },
    },
    async (request) => {
      const ifMatch = request.headers["if-match"];
      await deps.deleteService(request.params.serviceid, callerOf(request), ifMatch);
      return { message: "Job deleted" };
    },
  );
}

function addReadingRoutes(app: HttpApp, deps: ServiceRoutesDeps): void {
  const { gates, jobs, applications, network } = deps;
  const config = { doubleEncoded: true };
  const texts = createServiceTexts(network);
  app.get(
    "/api/service/:serviceid",
    {
      onRequest: gates.userStrict,
      config,
      schema: {
        tags,
        summary: "One service with its instances",
        description:
          "Its version is in the header `ETag`; a write with `If-Match` is for that version only.",
        params,
        response: responses(ServiceView, 401, 404),
      },
    },
    async (request, reply) => {
      const { serviceid } = request.params;
      const service = await ownService(jobs.findWithInstances, serviceid, callerOf(request));
      reply.header("etag", entityTag(service.rev));
      return sendJsonText(reply, await texts.one(service));
    },
  );
  app.get(
    "/api/services",
    {
      onRequest: [gates.userStrict, gates.admin],
      config,
      schema: {
        tags,
        summary: "Every service of every user",
        querystring: paging.query,
        response: responses(list, 401, 403),
      },
    },
    async (request, reply) =>
      sendJsonText(reply, await texts.many(paging.page(request, reply, await jobs.list()))),
  );
  app.get(
    "/api/services/:appid",
    {
      onRequest: gates.userStrict,
      config,
      schema: {
        tags,
        summary: "The services of an application",
        params: z.object({ appid: z.string() }),
        querystring: paging.query,
        response: responses(list, 401, 404),
      },
    },
    async (request, reply) => {
      const { appid } = request.params;
      const { _id } = await ownApplication(applications, appid, callerOf(request));
      const services = await jobs.list({ applicationID: _id });
      return sendJsonText(reply, await texts.many(paging.page(request, reply, services)));
    },
  );
}
