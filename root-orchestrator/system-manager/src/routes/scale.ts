import { ScaleBody, Scaled } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import type { createScaleService } from "../use-cases/scale-service.ts";
import { responses } from "./answers.ts";
import { ifMatchHeader } from "./conditions.ts";
import { callerOf, type Gates } from "./gates.ts";

export interface ScaleRouteDeps {
  scaleService: ReturnType<typeof createScaleService>;
  gates: Gates;
}

export function addScaleRoute(app: HttpApp, { scaleService, gates }: ScaleRouteDeps): void {
  app.put(
    "/api/service/:serviceid/scale",
    {
      onRequest: [gates.userStrict, gates.provider],
      schema: {
        tags: ["services"],
        summary: "Say how many instances of a service are wanted",
        description:
          "Stored in one write. Fewer than before: what does not run or is in bad health leaves first, then the " +
          "newest. While the service is updated, so many are wanted when that has ended.",
        params: z.object({ serviceid: z.string() }),
        headers: ifMatchHeader,
        body: ScaleBody,
        response: responses(Scaled, 400, 401, 403, 404, 409, 412, 422, 507),
      },
    },
    async (request) =>
      scaleService(request.params.serviceid, {
        replicas: request.body.replicas,
        caller: callerOf(request),
        ifMatch: request.headers["if-match"],
      }),
  );
}
