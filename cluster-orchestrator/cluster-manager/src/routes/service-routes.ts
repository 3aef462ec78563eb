import { AssignBody, Id, ReleaseBody, toJobSpec, type WantedChange } from "@oak/contracts";
import type { CommandVerdict } from "@oak/core";
import {
  type Authenticator,
  commonErrors,
  errorBodySchema,
  type HttpApp,
  requirePrincipal,
} from "@oak/kit";
import { z } from "zod";
import { errors } from "../errors.ts";

const params = z.object({
  job_id: Id,
  instance_number: z.coerce.number().pipe(z.int().min(0)),
});
const Done = z.object({ status: z.literal("ok") });
const answers = {
  200: Done,
  401: errorBodySchema,
  409: errorBodySchema,
  422: errorBodySchema,
  503: errorBodySchema,
};

export interface ServiceRouteDeps {
  /** knows the token that the root gave to this cluster */
  authenticator: Authenticator;
  /** Stored when it resolves. */
  accept(change: WantedChange, incarnation: string): Promise<CommandVerdict>;
  /** what is held of an instance, for a root that is behind */
  heldOf(jobId: string, instanceNumber: number): object | undefined;
}

/**
 * upstream: cluster manager, `POST|DELETE /api/service/{job_id}/{instance_number}`. Quicker than the pull of
 * what is wanted where the root can dial the cluster, and the same in effect.
 */
export function addServiceRoutes(app: HttpApp, deps: ServiceRouteDeps): void {
  const path = "/api/service/:job_id/:instance_number";
  const onRequest = requirePrincipal(deps.authenticator, "cluster");
  const tags = ["services"];
  const take = async (change: WantedChange, incarnation: string) => {
    const verdict = await deps.accept(change, incarnation);
    if (verdict === "foreign") throw errors.foreign_command();
    if (verdict === "stale") {
      const held = deps.heldOf(change.job_id, change.instance_number) ?? null;
      throw errors.stale_command({ params: { held } });
    }
    return { status: "ok" as const };
  };
  app.post(
    path,
    { onRequest, schema: { tags, params, body: AssignBody, response: answers } },
    async ({ params: { job_id, instance_number }, body }) => {
      if (body._id !== job_id) {
        const fault = {
          pointer: "/_id",
          message: "is not the service of the path",
          found: body._id,
        };
        throw commonErrors.invalid_input({ faults: [fault] });
      }
      const { incarnation, ...numbers } = body.assignment;
      const change = { job_id, instance_number, ...numbers, wanted: true, job: toJobSpec(body) };
      return take(change, incarnation);
    },
  );
  app.delete(
    path,
    { onRequest, schema: { tags, params, body: ReleaseBody, response: answers } },
    async ({ params: { job_id, instance_number }, body }) => {
      const { incarnation, ...numbers } = body.assignment;
      return take({ job_id, instance_number, ...numbers, wanted: false }, incarnation);
    },
  );
}
