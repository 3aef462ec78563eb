import { InstanceAdded, InstanceMoveBody, Message } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import type { createAddInstance } from "../use-cases/add-instance.ts";
import type { createMoveInstance } from "../use-cases/move-instance.ts";
import type { createRemoveInstance } from "../use-cases/remove-instance.ts";
import { responses } from "./answers.ts";
import { callerOf, type Gates } from "./gates.ts";

export interface InstanceRoutesDeps {
  addInstance: ReturnType<typeof createAddInstance>;
  moveInstance: ReturnType<typeof createMoveInstance>;
  removeInstance: ReturnType<typeof createRemoveInstance>;
  gates: Gates;
}

const tags = ["instances"];

export function addInstanceRoutes(app: HttpApp, deps: InstanceRoutesDeps): void {
  const onRequest = [deps.gates.userStrict, deps.gates.provider];
  app.post(
    "/api/service/:serviceid/instance",
    {
      onRequest,
      schema: {
        tags,
        summary: "Deploy one instance more",
        description:
          "The answer means that the wish is stored; where the instance runs, and why it does not " +
          "yet, is in `instance_list` of the service. A body is ignored.",
        params: z.object({ serviceid: z.string() }),
        response: responses(InstanceAdded, 401, 403, 404, 409, 507),
      },
    },
    async (request) => {
      const number = await deps.addInstance(request.params.serviceid, callerOf(request));
      return { message: "ok" as const, instance_number: number };
    },
  );
  app.post(
    "/api/service/:serviceid/instance/:number/move",
    {
      onRequest,
      schema: {
        tags,
        summary: "Move one instance to another worker of its cluster",
        description:
          "The instance keeps its number and addresses. A second copy is made on `node`, or on the best other " +
          "worker; when it runs, new connections go to it, and the first copy ends `drain_s` seconds later. The " +
          "answer means that the wish is stored: `status_detail` of the instance shows `moving to …`, or `not " +
          "moved: …` with the reason, and then it goes on where it was.",
        params: z.object({ serviceid: z.string(), number: z.string() }),
        body: InstanceMoveBody.nullish(),
        response: responses(Message, 400, 401, 403, 404, 409),
      },
    },
    async (request) => {
      const { serviceid, number } = request.params;
      await deps.moveInstance(serviceid, number, request.body ?? {}, callerOf(request));
      return { message: "ok" };
    },
  );
  app.delete(
    "/api/service/:serviceid/instance/:number",
    {
      onRequest,
      schema: {
        tags,
        summary: "Undeploy one instance, or all with -1",
        params: z.object({ serviceid: z.string(), number: z.string() }),
        response: responses(Message, 401, 403, 404),
      },
    },
    async (request) => {
      const { serviceid, number } = request.params;
      await deps.removeInstance(serviceid, number, callerOf(request));
      return { message: "ok" };
    },
  );
}
