import {
  CustomResource,
  CustomResourceBody,
  CustomType,
  CustomTypeWrite,
  Id,
  ResourceTypeName,
} from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import {
  type CustomResourceDeps,
  changeResource,
  createResource,
  listResources,
  readResource,
  removeResource,
} from "../use-cases/custom-resources.ts";
import type { CustomTypes } from "../use-cases/custom-types.ts";

export interface CustomResourceRouteDeps extends CustomResourceDeps {
  types: CustomTypes;
}

const tags = ["custom resources"];
const path = "/custom-resources";
const typeParams = z.object({ type: ResourceTypeName });
const oneParams = typeParams.extend({ id: Id });
const response = { 200: CustomResource };

/** upstream: resource abstractor, `/api/v1/custom-resources`. */
export function addCustomResourceRoutes(app: HttpApp, deps: CustomResourceRouteDeps): void {
  const { types, hooks } = deps;
  app.get(path, { schema: { tags, response: { 200: z.array(CustomType) } } }, async () =>
    types.all(),
  );
  app.post(
    path,
    { schema: { tags, body: CustomTypeWrite, response: { 201: CustomType } } },
    async ({ body }, reply) => {
      const made = await types.create(body);
      reply.code(201);
      return made;
    },
  );
  app.delete(
    `${path}/:type`,
    { schema: { tags, params: typeParams, response: { 200: z.object({ message: z.string() }) } } },
    async ({ params: { type } }) => {
      const { _id } = await types.remove(type);
      hooks.happened(type, _id, "post_delete");
      return { message: `${type} is removed with all its resources` };
    },
  );
  app.get(
    `${path}/:type`,
    {
      schema: {
        tags,
        params: typeParams,
        querystring: z.record(z.string(), z.unknown()),
        response: { 200: z.array(CustomResource) },
      },
    },
    ({ params: { type }, query }) => listResources(deps, type, query),
  );
  app.post(
    `${path}/:type`,
    { schema: { tags, params: typeParams, body: CustomResourceBody, response } },
    ({ params: { type }, body }) => createResource(deps, type, body),
  );
  addSingleRoutes(app, deps);
}

function addSingleRoutes(app: HttpApp, deps: CustomResourceRouteDeps): void {
  const one = `${path}/:type/:id`;
  const schema = { tags, params: oneParams, response };
  app.get(one, { schema }, ({ params }) => readResource(deps, params));
  app.put(one, { schema: { ...schema, body: CustomResourceBody } }, ({ params, body }) =>
    changeResource(deps, params, () => body),
  );
  app.patch(one, { schema: { ...schema, body: CustomResourceBody } }, ({ params, body }) =>
    changeResource(deps, params, (data) => ({ ...data, ...body })),
  );
  app.delete(
    one,
    { schema: { tags, params: oneParams, response: { 200: z.object({ _id: Id }) } } },
    async ({ params }) => {
      await removeResource(deps, params);
      return { _id: params.id };
    },
  );
}
