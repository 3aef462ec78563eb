import { Application, Id } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { ApplicationPatch, ApplicationWrite } from "../domain/application-body.ts";
import { isProtectedOfApplications, shapeOf } from "../domain/hooks/hooked-shape.ts";
import { errors } from "../errors.ts";
import type { ApplicationStore } from "../ports.ts";
import type { HookedWrites } from "../use-cases/hooks/hooked-writes.ts";
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
  organization_id: Id.exactOptional(),
  ids: idList.exactOptional(),
});

export interface ApplicationRouteDeps extends WriteApplicationDeps {
  applications: ApplicationStore;
  hooks: HookedWrites;
}

const entity = "applications";
const writeShape = shapeOf(ApplicationWrite, isProtectedOfApplications);
const patchShape = shapeOf(ApplicationPatch, isProtectedOfApplications);

/** upstream: resource abstractor, `/api/v1/applications`. */
export function addApplicationRoutes(app: HttpApp, deps: ApplicationRouteDeps): void {
  const tags = ["applications"];
  const { applications, hooks } = deps;
  const response = { 200: Application };
  const path = "/applications/:id";

  app.get(
    "/applications",
    { schema: { tags, querystring: listQuery, response: { 200: z.array(Application) } } },
    ({ query: { ids, ...filter } }) =>
      applications.list({ ...filter, ...(ids === undefined ? {} : { ids: ids.split(",") }) }),
  );
  app.post("/applications", { schema: { tags, body: ApplicationWrite, response } }, ({ body }) =>
    hooks.create({
      entity,
      shape: writeShape,
      body,
      write: (wanted) => createApplication(deps, wanted),
    }),
  );
  app.get(path, { schema: { tags, params: idParams, response } }, async ({ params }) =>
    known(params.id, await applications.find(params.id)),
  );
  app.patch(
    path,
    { schema: { tags, params: idParams, body: ApplicationPatch, response } },
    ({ params: { id }, body }) =>
      hooks.update({
        entity,
        id,
        shape: patchShape,
        body,
        write: (wanted) => patchApplication(deps, id, wanted),
      }),
  );
  app.delete(path, { schema: { tags, params: idParams, response } }, ({ params: { id } }) =>
    hooks.remove({
      entity,
      id,
      read: () => applications.find(id),
      write: async () => known(id, await applications.remove(id)),
    }),
  );
}

/** upstream answers 200 `null` for an unknown id; clients took that for an empty application. */
function known(id: string, application: Application | undefined): Application {
  if (application === undefined) throw errors.application_unknown(`No application ${id}`);
  return application;
}
