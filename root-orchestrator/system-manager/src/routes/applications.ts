import {
  type Application,
  ApplicationChange,
  ApplicationView,
  Message,
  Sla,
  SlaDiff,
} from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { applicationView } from "../domain/application-view.ts";
import { entityTag } from "../domain/if-match.ts";
import { errors } from "../errors.ts";
import type { ApplicationStore } from "../ports/applications.ts";
import type { createCreateApplication } from "../use-cases/create-application.ts";
import type { createDeleteApplication } from "../use-cases/delete-application.ts";
import type { createDryRuns } from "../use-cases/diff-sla.ts";
import { listOwnApplications, ownApplication } from "../use-cases/own-documents.ts";
import type { createUpdateApplication } from "../use-cases/update-application.ts";
import { responses } from "./answers.ts";
import { dryRunQuery, ifMatchHeader } from "./conditions.ts";
import { callerOf, type Gates } from "./gates.ts";
import { createPaging } from "./paging.ts";
import { uncheckedBody } from "./unchecked-body.ts";

export interface ApplicationRoutesDeps {
  applications: Pick<ApplicationStore, "list" | "find">;
  createApplication: ReturnType<typeof createCreateApplication>;
  updateApplication: ReturnType<typeof createUpdateApplication>;
  deleteApplication: ReturnType<typeof createDeleteApplication>;
  dryRuns: Pick<ReturnType<typeof createDryRuns>, "createApplication">;
  gates: Gates;
}

const tags = ["applications"];
const params = z.object({ appid: z.string() });
const list = z.array(ApplicationView);
const paging = createPaging({
  id: (application: Application) => application._id,
  fields: ["application_name", "application_namespace", "applicationID", "userId"],
});

export function addApplicationRoutes(app: HttpApp, deps: ApplicationRoutesDeps): void {
  addWritingRoutes(app, deps);
  addReadingRoutes(app, deps);
}

function addWritingRoutes(app: HttpApp, deps: ApplicationRoutesDeps): void {
  const onRequest = [deps.gates.user, deps.gates.provider];
  app.post(
    "/api/application",
    {
      onRequest,
      validatorCompiler: uncheckedBody,
      config: { doubleEncoded: true },
      schema: {
        tags,
        summary: "Create applications with their services",
        description:
          "Everything in the SLA is stored, or nothing. Answers all applications of the user; " +
          "`warnings` of an application name what has no effect.",
        querystring: dryRunQuery,
        body: Sla,
        response: responses(z.union([list, SlaDiff]), 401, 403, 409, 422, 503, 507),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      if (request.query.dryRun === "true") {
        return deps.dryRuns.createApplication(request.body, caller);
      }
      return (await deps.createApplication(request.body, caller)).map(applicationView);
    },
  );
  app.put(
    "/api/application/:appid",
    {
      onRequest,
      schema: {
        tags,
        summary: "Rename or describe an application",
        params,
        headers: ifMatchHeader,
        body: ApplicationChange,
        response: responses(Message, 401, 403, 404, 409, 412, 422),
      },
    },
    async (request) => {
      const ifMatch = request.headers["if-match"];
      await deps.updateApplication(request.params.appid, request.body, {
        caller: callerOf(request),
        ifMatch,
      });
      return { message: "Application is updated" };
    },
  );
  app.delete(
    "/api/application/:appid",
    {
      onRequest,
      schema: {
        tags,
        summary: "Delete an application with all its services",
        params,
        headers: ifMatchHeader,
        response: responses(Message, 401, 403, 404, 412, 422),
      },
    },
    async (request) => {
      const ifMatch = request.headers["if-match"];
      await deps.deleteApplication(request.params.appid, callerOf(request), ifMatch);
      return { message: "Application Deleted" };
    },
  );
}

function addReadingRoutes(app: HttpApp, deps: ApplicationRoutesDeps): void {
  const { gates, applications } = deps;
  app.get(
    "/api/application/:appid",
    {
      onRequest: gates.user,
      schema: {
        tags,
        summary: "One application",
        description:
          "Its version is in the header `ETag`; a write with `If-Match` is for that version only.",
        params,
        response: responses(ApplicationView, 401, 404, 422),
      },
    },
    async (request, reply) => {
      const { appid } = request.params;
      const application = await ownApplication(applications, appid, callerOf(request));
      reply.header("etag", entityTag(application.rev));
      return applicationView(application);
    },
  );
  app.get(
    "/api/applications",
    {
      onRequest: [gates.user, gates.admin],
      config: { doubleEncoded: true },
      schema: {
        tags,
        summary: "Every application of every user",
        querystring: paging.query,
        response: responses(list, 401, 403, 422),
      },
    },
    async (request, reply) =>
      paging.page(request, reply, await applications.list()).map(applicationView),
  );
  app.get(
    "/api/applications/:userid",
    {
      onRequest: gates.user,
      config: { doubleEncoded: true },
      schema: {
        tags,
        summary: "The own applications",
        description: "In an organization other than `root`: those of all its members.",
        params: z.object({ userid: z.string().describe("`_id` of the caller") }),
        querystring: paging.query,
        response: responses(list, 401, 403, 422),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      if (caller.id !== request.params.userid) throw errors.forbidden();
      const own = await listOwnApplications(applications, caller);
      return paging.page(request, reply, own).map(applicationView);
    },
  );
}
