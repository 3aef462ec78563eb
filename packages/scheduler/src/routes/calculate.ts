import { BatchAnswer, JobSpec, PlacementExplained } from "@oak/contracts";
import { commonErrors, fp, type HttpApp } from "@oak/kit";
import { z } from "zod";
import type { DeployAnswers } from "../use-cases/answer-deploys.ts";
import type { Proposer } from "../use-cases/propose.ts";
import { BatchBody, DeployBody, ExplainRequest } from "./bodies.ts";

export interface CalculateRouteDeps {
  proposer: Proposer;
  answers: Pick<DeployAnswers, "accept">;
  /** why no decision can be made at all; undefined: it can */
  blockedBy(): string | undefined;
}

const Accepted = z.object({ message: z.literal("ok") });

export function addCalculateRoutes(app: HttpApp, deps: CalculateRouteDeps): void {
  const tags = ["calculate"];
  // Without a view every answer would be "there is no candidate", which would be believed.
  const requireView = (): void => {
    const reason = deps.blockedBy();
    if (reason !== undefined) throw commonErrors.unavailable(`No decision is possible: ${reason}`);
  };

  /** upstream: scheduler, answers at once; the result goes to the manager's `/api/result/deploy`. */
  app.post(
    "/calculate/deploy",
    { schema: { tags, body: DeployBody, response: { 200: Accepted } } },
    async ({ body }) => {
      requireView();
      const { _id: jobId, attempt_id: attemptId, ...spec } = body;
      const job = JobSpec.parse({ ...spec, _id: jobId.split("/")[0] });
      if (!deps.answers.accept({ jobId, attemptId, job })) {
        throw commonErrors.unavailable("Too many requests wait for the manager");
      }
      return { message: "ok" as const };
    },
  );

  app.post(
    "/calculate/explain",
    { schema: { tags, body: ExplainRequest, response: { 200: PlacementExplained } } },
    async ({ body }) => {
      requireView();
      return deps.proposer.explain(body);
    },
  );

  app.post(
    "/calculate/batch",
    { schema: { tags, body: BatchBody, response: { 200: BatchAnswer } } },
    async ({ body }) => {
      requireView();
      const proposals = await deps.proposer.proposeAll(body.requests);
      for (const { attempt_id } of proposals) fp("scheduler.proposed", attempt_id);
      return { proposals };
    },
  );
}
