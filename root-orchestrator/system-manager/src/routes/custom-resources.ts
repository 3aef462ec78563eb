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
import type { CustomResources } from "../ports/extensions.ts";
import { responses } from "./answers.ts";
import type { Gate, Gates } from "./gates.ts";
import { createPaging } from "./paging.ts";

export interface CustomResourceRoutesDeps {
  customResources: CustomResources;
  gates: Gates;
}

const tags = ["custom resources"];
const path = "/api/custom-resources";
const typeParams = z.object({ type: ResourceTypeName });
const oneParams = typeParams.extend({ id: Id });
const Done = z.object({ message: z.literal("ok") });
const typePaging = createPaging({
  id: (type: CustomType) => type._id,
  fields: ["resource_type", "created_at"],
});
const paging = createPaging<CustomResource, "_id">({
  id: (resource) => resource._id,
  fields: ["_id"],
});
const listQuery = paging.query.catchall(z.string().max(1024));

/** Everybody reads them; who runs the infrastructure writes them. */
export function addCustomResourceRoutes(app: HttpApp, deps: CustomResourceRoutesDeps): void {
  const { customResources: resources, gates } = deps;
  const writing = [gates.userStrict, gates.infrastructure];
  app.get(
    path,
    {
      onRequest: gates.userStrict,
      schema: {
        tags,
        summary: "All types of custom resources",
        querystring: typePaging.query,
        response: responses(z.array(CustomType), 401, 422, 503),
      },
    },
    async (request, reply) => typePaging.page(request, reply, await resources.types()),
  );
  app.post(
    path,
    {
      onRequest: writing,
      schema: {
        tags,
        summary: "Make a type of resources, with the JSON Schema that they follow",
        body: CustomTypeWrite,
        response: responses(CustomType, 401, 403, 409, 422, 503),
      },
    },
    ({ body }) => resources.createType(body),
  );
  app.delete(
    `${path}/:type`,
    {
      onRequest: writing,
      schema: {
        tags,
        summary: "Remove a type with all its resources",
        params: typeParams,
        response: responses(Done, 401, 403, 404, 422, 503),
      },
    },
    async ({ params: { type } }) => {
      await resources.removeType(type);
      return { message: "ok" as const };
    },
  );
  addListRoutes(app, { ...deps, writing });
  addSingleRoutes(app, { ...deps, writing });
}

type Writing = CustomResourceRoutesDeps & { writing: Gate[] };

function addListRoutes(app: HttpApp, { customResources, gates, writing }: Writing): void {
  app.get(
    `${path}/:type`,
    {
      onRequest: gates.userStrict,
      schema: {
        tags,
        summary: "All resources of a type",
        description:
          "Further parameters are fields, with dots into objects (`spec.size=3`): only resources in which each has this value.",
        params: typeParams,
        querystring: listQuery,
        response: responses(z.array(CustomResource), 401, 404, 422, 503),
      },
    },
    async (request, reply) => {
      const { limit: _limit, cursor: _cursor, sort: _sort, _id: _own, ...filter } = request.query;
      const found = await customResources.list(request.params.type, filter);
      return paging.page(request, reply, found);
    },
  );
  app.post(
    `${path}/:type`,
    {
      onRequest: writing,
      schema: {
        tags,
        summary: "Make a resource",
        params: typeParams,
        body: CustomResourceBody,
        response: responses(CustomResource, 400, 401, 403, 404, 409, 422, 503),
      },
    },
    ({ params: { type }, body }) => customResources.create(type, body),
  );
}

function addSingleRoutes(app: HttpApp, { customResources, gates, writing }: Writing): void {
  const one = `${path}/:type/:id`;
  const response = responses(CustomResource, 400, 401, 403, 404, 422, 503);
  app.get(
    one,
    {
      onRequest: gates.userStrict,
      schema: {
        tags,
        summary: "One resource",
        params: oneParams,
        response: responses(CustomResource, 401, 404, 422, 503),
      },
    },
    ({ params: { type, id } }) => customResources.find(type, id),
  );
  app.put(
    one,
    {
      onRequest: writing,
      schema: {
        tags,
        summary: "Replace a resource",
        params: oneParams,
        body: CustomResourceBody,
        response,
      },
    },
    ({ params: { type, id }, body }) => customResources.replace(type, id, body),
  );
  app.patch(
    one,
    {
      onRequest: writing,
      schema: {
        tags,
        summary: "Change fields of a resource; the whole has to follow its schema",
        params: oneParams,
        body: CustomResourceBody,
        response,
      },
    },
    ({ params: { type, id }, body }) => customResources.patch(type, id, body),
  );
  app.delete(
    one,
    {
      onRequest: writing,
      schema: {
        tags,
        summary: "Remove a resource",
        params: oneParams,
        response: responses(Done, 401, 403, 404, 422, 503),
      },
    },
    async ({ params: { type, id } }) => {
      await customResources.remove(type, id);
      return { message: "ok" as const };
    },
  );
}
