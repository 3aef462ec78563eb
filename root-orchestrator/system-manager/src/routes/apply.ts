import { Sla, SlaDiff } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import type { createApplySla } from "../use-cases/apply-sla.ts";
import type { createDiffSla } from "../use-cases/diff-sla.ts";
import { responses } from "./answers.ts";
import { dryRunQuery } from "./conditions.ts";
import { callerOf, type Gates } from "./gates.ts";
import { uncheckedBody } from "./unchecked-body.ts";

export interface ApplyRoutesDeps {
  diffSla: ReturnType<typeof createDiffSla>;
  applySla: ReturnType<typeof createApplySla>;
  gates: Gates;
}

const tags = ["applications"];

export function addApplyRoutes(app: HttpApp, { diffSla, applySla, gates }: ApplyRoutesDeps): void {
  app.post(
    "/api/application/diff",
    {
      onRequest: gates.userStrict,
      validatorCompiler: uncheckedBody,
      schema: {
        tags,
        summary: "What a document would change",
        description:
          "Compares an SLA with the own applications of the names in it; stores nothing.",
        body: Sla,
        response: responses(SlaDiff, 401, 422, 503),
      },
    },
    async (request) => (await diffSla(request.body, callerOf(request))).diff,
  );
  app.put(
    "/api/application/apply",
    {
      onRequest: [gates.userStrict, gates.provider],
      validatorCompiler: uncheckedBody,
      schema: {
        tags,
        summary: "Make the own applications what a document says",
        description:
          "Creates what is missing, updates what differs, deletes services that the document does not name; applications " +
          "that it does not name stay. Applied twice it changes nothing. When something fails the answer is an error " +
          "whose `params.applications` say what was done, and the request can be repeated.",
        querystring: dryRunQuery,
        body: Sla,
        response: responses(SlaDiff, 401, 403, 409, 422, 503, 507),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      if (request.query.dryRun === "true") return (await diffSla(request.body, caller)).diff;
      return applySla(request.body, caller);
    },
  );
}
