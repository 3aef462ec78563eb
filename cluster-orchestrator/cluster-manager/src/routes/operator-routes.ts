import { Candidate, HeldCopy, Id, instanceKey, RootMembership } from "@oak/contracts";
import {
  type Authenticator,
  commonErrors,
  errorBodySchema,
  type HttpApp,
  requirePrincipal,
} from "@oak/kit";
import { z } from "zod";
import { errors } from "../errors.ts";

const WorkerView = Candidate.extend({
  silent_ms: z.number().describe("since the last word of it, by the cluster's clock"),
  is_legacy: z.boolean(),
}).meta({ id: "WorkerView" });
export type WorkerView = z.infer<typeof WorkerView>;

/** An older worker names no service ids. */
const OrphanView = HeldCopy.extend({ job_id: z.string(), worker_id: z.string() }).meta({
  id: "OrphanView",
});

export interface OperatorRouteDeps {
  authenticator: Authenticator;
  /** with which workers join */
  joinSecret(): string;
  isKnown(workerId: string): boolean;
  workers(): WorkerView[];
  orphans(): z.infer<typeof OrphanView>[];
  /** Answers false when no such copy is listed. */
  endOrphan(workerId: string, key: string): boolean;
  /** Undefined while the root does not know this cluster. */
  membership(): RootMembership | undefined;
  /** Rejects with an AppError. */
  removeWorker(workerId: string): Promise<void>;
}

/** For operators and for the services of the cluster: what is known of workers, and their removal. */
export function addOperatorRoutes(app: HttpApp, deps: OperatorRouteDeps): void {
  const onRequest = requirePrincipal(deps.authenticator, "tier");
  const tags = ["workers"];
  app.get(
    "/api/v1/workers",
    { onRequest, schema: { tags, response: { 200: z.array(WorkerView), 401: errorBodySchema } } },
    async () => deps.workers(),
  );
  app.delete(
    "/api/v1/workers/:id",
    {
      onRequest,
      schema: {
        tags,
        summary: "Take a worker out for good; what it ran is placed elsewhere",
        params: z.object({ id: Id }),
        response: {
          200: z.object({ status: z.literal("ok") }),
          401: errorBodySchema,
          404: errorBodySchema,
          503: errorBodySchema,
        },
      },
    },
    async ({ params: { id } }) => {
      if (!deps.isKnown(id)) throw errors.worker_unknown();
      await deps.removeWorker(id);
      return { status: "ok" as const };
    },
  );
  app.get(
    "/api/v1/root",
    {
      onRequest,
      schema: {
        tags: ["cluster"],
        summary: "How services of this cluster show the root who they are",
        response: { 200: RootMembership, 401: errorBodySchema, 503: errorBodySchema },
      },
    },
    async () => {
      const membership = deps.membership();
      if (membership === undefined)
        throw commonErrors.unavailable("Not registered at the root yet");
      return membership;
    },
  );
  app.get(
    "/api/v1/join-secret",
    {
      onRequest,
      schema: {
        tags,
        summary: "The secret with which workers join",
        response: { 200: z.object({ secret: z.string() }), 401: errorBodySchema },
      },
    },
    async () => ({ secret: deps.joinSecret() }),
  );
  app.get(
    "/api/v1/orphans",
    {
      onRequest,
      schema: {
        tags,
        summary: "Copies that another database gave; they go on until a person decides",
        response: { 200: z.array(OrphanView), 401: errorBodySchema },
      },
    },
    async () => deps.orphans(),
  );
  app.delete(
    "/api/v1/orphans/:worker/:job/:number",
    {
      onRequest,
      schema: {
        tags,
        summary:
          "Ends a copy that another database gave; it is listed until its worker confirms that",
        params: z.object({ worker: Id, job: Id, number: z.coerce.number().int().min(0) }),
        response: {
          202: z.object({ message: z.string() }),
          401: errorBodySchema,
          404: errorBodySchema,
        },
      },
    },
    async ({ params: { worker, job, number } }, reply) => {
      if (!deps.endOrphan(worker, instanceKey(job, number))) {
        throw errors.orphan_unknown(`No copy of ${job}/${number} is listed for ${worker}`);
      }
      return reply.code(202).send({ message: "It is told to end" });
    },
  );
}
