import {
  Microservice,
  MOST_AT_ONCE,
  RevisionView,
  RollbackBody,
  RolloutView,
  ServiceUpdated,
  SLA_LIMITS,
  Sla,
  SlaDiff,
} from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { revisionViews, rolloutView } from "../domain/rollout-view.ts";
import type { JobStore } from "../ports/jobs.ts";
import type { RevisionStore } from "../ports/revisions.ts";
import type { createDryRuns } from "../use-cases/diff-sla.ts";
import { ownService } from "../use-cases/own-documents.ts";
import type { createRollBackService, createUpdateService } from "../use-cases/update-service.ts";
import { responses } from "./answers.ts";
import { dryRunQuery, ifMatchHeader } from "./conditions.ts";
import { callerOf, type Gates } from "./gates.ts";
import { uncheckedBody } from "./unchecked-body.ts";

export interface ServiceUpdateRoutesDeps {
  jobs: Pick<JobStore, "find" | "findWithInstances">;
  revisions: RevisionStore;
  updateService: ReturnType<typeof createUpdateService>;
  rollBackService: ReturnType<typeof createRollBackService>;
  dryRuns: Pick<ReturnType<typeof createDryRuns>, "updateService">;
  gates: Gates;
}

const tags = ["services"];
const params = z.object({ serviceid: z.string() });
const several = z.coerce.number().pipe(z.int().min(0).max(MOST_AT_ONCE)).exactOptional();
const strategyQuery = z.object({
  maxSurge: several.describe("instances more than wanted while it goes on"),
  maxUnavailable: several.describe("instances that may be missing meanwhile"),
  pauseS: z.coerce
    .number()
    .pipe(z.number().min(0).max(SLA_LIMITS.rolloutPauseS))
    .exactOptional()
    .describe("seconds between two steps"),
});

export function addServiceUpdateRoutes(app: HttpApp, deps: ServiceUpdateRoutesDeps): void {
  addWritingRoutes(app, deps);
  addReadingRoutes(app, deps);
}

function addWritingRoutes(app: HttpApp, deps: ServiceUpdateRoutesDeps): void {
  const { gates, dryRuns, updateService, rollBackService } = deps;
  app.put(
    "/api/service/:serviceid",
    {
      onRequest: [gates.userStrict, gates.provider],
      validatorCompiler: uncheckedBody,
      schema: {
        tags,
        summary: "Update a service",
        description:
          "The body is a microservice, or an SLA whose first microservice counts. What copies are made of becomes a " +
          "new revision: new instances take the place of the old ones, make before break, and if they fail the " +
          "service goes back by itself. Name and addresses stay. What copies do not notice changes at once.",
        params,
        querystring: strategyQuery.extend(dryRunQuery.shape),
        headers: ifMatchHeader,
        body: z.union([Microservice, Sla]),
        response: responses(
          z.union([ServiceUpdated, SlaDiff]),
          401,
          403,
          404,
          409,
          412,
          422,
          503,
          507,
        ),
      },
    },
    async (request) => {
      const { serviceid } = request.params;
      const { dryRun, ...strategy } = request.query;
      const caller = callerOf(request);
      if (dryRun === "true") return dryRuns.updateService(serviceid, request.body, caller);
      const ifMatch = request.headers["if-match"];
      return updateService(serviceid, request.body, { caller, ifMatch, strategy });
    },
  );
  app.post(
    "/api/service/:serviceid/rollback",
    {
      onRequest: [gates.userStrict, gates.provider],
      schema: {
        tags,
        summary: "Go back to an earlier revision of a service",
        params,
        headers: ifMatchHeader,
        body: RollbackBody.nullish(),
        response: responses(ServiceUpdated, 401, 403, 404, 409, 412, 422),
      },
    },
    async (request) =>
      rollBackService(request.params.serviceid, request.body?.revision, {
        caller: callerOf(request),
        ifMatch: request.headers["if-match"],
        strategy: {},
      }),
  );
}

function addReadingRoutes(app: HttpApp, deps: ServiceUpdateRoutesDeps): void {
  const { gates, jobs, revisions } = deps;
  app.get(
    "/api/service/:serviceid/revisions",
    {
      onRequest: gates.userStrict,
      schema: {
        tags,
        summary: "What a service is and was made of",
        description: "The last ten revisions, the newest first.",
        params,
        response: responses(z.array(RevisionView), 401, 404),
      },
    },
    async (request) => {
      const job = await ownService(jobs.find, request.params.serviceid, callerOf(request));
      return revisionViews(job, await revisions.list(job._id));
    },
  );
  app.get(
    "/api/service/:serviceid/rollout",
    {
      onRequest: gates.userStrict,
      schema: {
        tags,
        summary: "How far the last update of a service has come",
        params,
        response: responses(RolloutView, 401, 404),
      },
    },
    async (request) =>
      rolloutView(
        await ownService(jobs.findWithInstances, request.params.serviceid, callerOf(request)),
      ),
  );
}
