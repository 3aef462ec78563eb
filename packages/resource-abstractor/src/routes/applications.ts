import { Application } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { ApplicationPatch, ApplicationWrite } from "../domain/application-body.ts";
import { errors } from "../errors.ts";
import type { ApplicationStore } from "../ports.ts";
import {
  createApplication,
  patchApplication,
  type WriteApplicationDeps,
} from "../use-cases/write-application.ts";
import { idList, idParams } from "./params.ts";

const listQuery = z.object({
  application_name: z.string().exactOptional(),
  application_namespace: z.string().exactOptional(),
  userId: z.string().exactOptional(),
  ids: idList.exactOptional(),
});

export interface ApplicationRouteDeps extends WriteApplicationDeps {
  applications: ApplicationStore;
}

/** upstream: resource abstractor, `/api/v1/applications`. */
export function addApplicationRoutes(app: HttpApp, deps: ApplicationRouteDeps): void {
  const tags = ["applications"];
  const { applications } = deps;
  const response = { 200: Application };
  const path = "/applications/:id";

  app.get(
    "/applications",
    { schema: { tags, querystring: listQuery, response: { 200: z.array(Application) } } },
    ({ query: { ids, ...filter } }) =>
      applications.list({ ...filter, ...(ids === undefined ? {} : { ids: ids.split(",") }) }),
  );
  app.post("/applications", { schema: { tags, body: ApplicationWrite, response } }, ({ body }) =>
    createApplication(deps, body),
  );
  app.get(path, { schema: { tags, params: idParams, response } }, async ({ params }) =>
    known(params.id, await applications.find(params.id)),
  );
  app.patch(
    path,
    { schema: { tags, params: idParams, body: ApplicationPatch, response } },
    ({ params, body }) => patchApplication(deps, params.id, body),
  );
  app.delete(path, { schema: { tags, params: idParams, response } }, async ({ params }) =>
    known(params.id, await applications.remove(params.id)),
  );
}

/** upstream answers 200 `null` for an unknown id; clients took that for an empty application. */
function known(id: string, application: Application | undefined): Application {
  if (application === undefined) throw errors.application_unknown(`No application ${id}`);
  return application;
}
