import { StoredRevision } from "@oak/contracts";
import { commonErrors, type HttpApp } from "@oak/kit";
import { z } from "zod";
import { assertStorable } from "../domain/storable.ts";
import type { RevisionStore } from "../ports.ts";
import { idParams } from "./params.ts";

const path = "/jobs/:id/revisions";
const body = StoredRevision.omit({ _id: true }).meta({ id: "RevisionWrite" });

/** What jobs were made of before their present revision; gone with the job. */
export function addRevisionRoutes(app: HttpApp, revisions: RevisionStore): void {
  const tags = ["jobs"];
  app.get(
    path,
    { schema: { tags, params: idParams, response: { 200: z.array(StoredRevision) } } },
    ({ params }) => revisions.ofJob(params.id),
  );
  app.put(
    path,
    { schema: { tags, params: idParams, body, response: { 200: z.object({ kept: z.int() }) } } },
    async (request) => {
      if (request.body.job_id !== request.params.id) {
        throw commonErrors.invalid_input("job_id is not the id in the path");
      }
      assertStorable(request.body);
      await revisions.keep(request.body);
      return { kept: request.body.revision };
    },
  );
}
