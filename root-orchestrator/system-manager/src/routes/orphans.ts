import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { responses } from "./answers.ts";
import type { Gates } from "./gates.ts";

export const OrphanView = z
  .object({
    cluster_id: z.string(),
    job_id: z.string(),
    job_name: z.string(),
    instance_number: z.int().min(0),
    epoch: z.int().min(0),
  })
  .meta({ id: "OrphanView" });
export type OrphanView = z.infer<typeof OrphanView>;

export interface OrphanRoutesDeps {
  orphans(): OrphanView[];
  gates: Gates;
}

/** After the loss of a database: what goes on although no service here wants it. */
export function addOrphanRoutes(app: HttpApp, { orphans, gates }: OrphanRoutesDeps): void {
  app.get(
    "/api/orphans",
    {
      onRequest: [gates.userStrict, gates.infrastructure],
      schema: {
        tags: ["clusters"],
        summary: "Instances that run in clusters and that no service here wants",
        description:
          "Another database gave them, or a later state of this one. They go on until a person decides.",
        response: responses(z.array(OrphanView), 401, 403),
      },
    },
    async () => orphans(),
  );
}
