import { Explanation } from "@oak/contracts";
import { type HttpApp, untilGone } from "@oak/kit";
import { z } from "zod";
import type { createExplainInstance } from "../use-cases/explain-instance.ts";
import { responses } from "./answers.ts";
import { callerOf, type Gates } from "./gates.ts";

export interface ExplainRoutesDeps {
  explainInstance: ReturnType<typeof createExplainInstance>;
  gates: Gates;
}

const response = responses(Explanation, 401, 404, 503);
const description =
  "Clusters and nodes candidate by candidate, by the checks that decide: what speaks against one, or its score. They are " +
  "judged as they are now; `decided_at` says when the last decision was made. The best and the closest come first.";

/** Why an instance is where it is, or why there is no place for it. */
export function addExplainRoutes(
  app: HttpApp,
  { explainInstance, gates }: ExplainRoutesDeps,
): void {
  app.get(
    "/api/service/:serviceid/instance/:number/explain",
    {
      onRequest: gates.userStrict,
      schema: {
        tags: ["instances"],
        summary: "Why an instance is where it is, or has no place",
        description,
        params: z.object({ serviceid: z.string(), number: z.string() }),
        response,
      },
    },
    (request, reply) =>
      untilGone({ app, reply }, (signal) => {
        const { serviceid, number } = request.params;
        return explainInstance(serviceid, { caller: callerOf(request), signal, number });
      }),
  );
  app.get(
    "/api/service/:serviceid/explain",
    {
      onRequest: gates.userStrict,
      schema: {
        tags: ["services"],
        summary: "Where one instance more would be placed now, and why",
        description,
        params: z.object({ serviceid: z.string() }),
        response,
      },
    },
    (request, reply) =>
      untilGone({ app, reply }, (signal) =>
        explainInstance(request.params.serviceid, { caller: callerOf(request), signal }),
      ),
  );
}
