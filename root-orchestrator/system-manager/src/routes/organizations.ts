import { Message, OrganizationChange, OrganizationView, OrganizationWrite } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { organizationView } from "../domain/user-view.ts";
import type { Organization } from "../ports/accounts.ts";
import type { Organizations } from "../use-cases/accounts/organizations.ts";
import { responses } from "./answers.ts";
import { callerOf, type Gates } from "./gates.ts";
import { createPaging } from "./paging.ts";

export interface OrganizationRoutesDeps {
  organizations: Organizations;
  gates: Gates;
}

const params = z.object({ organizationid: z.string().max(256) });
const tags = ["accounts"];
const idInJson = z
  .string()
  .describe("the id between quotation marks")
  .meta({ examples: ['"65a0c0ffee65a0c0ffee65a0"'] });
const paging = createPaging({
  id: (organization: Organization) => organization.id,
  fields: ["name"],
});

export function addOrganizationRoutes(app: HttpApp, deps: OrganizationRoutesDeps): void {
  const { organizations, gates } = deps;
  app.get(
    "/api/organization",
    {
      onRequest: [gates.user, gates.manager],
      config: { doubleEncoded: true },
      schema: {
        tags,
        summary: "All organizations",
        description: "An Organization_Admin sees the own one.",
        querystring: paging.query,
        response: responses(z.array(OrganizationView), 401, 403, 422),
      },
    },
    async (request, reply) => {
      const found = await organizations.list(callerOf(request));
      return paging.page(request, reply, found).map(organizationView);
    },
  );
  app.post(
    "/api/organization",
    {
      onRequest: [gates.user, gates.admin],
      schema: {
        tags,
        summary: "Make an organization",
        description:
          "Answers its id, as JSON inside a JSON string. Its members share their applications; the organization " +
          "`root` alone does not do that.",
        body: OrganizationWrite,
        response: responses(idInJson, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const id = await organizations.create(request.body);
      // upstream: so encoded; the dashboard parses every string that it gets, and takes what is in it as the id.
      const body = JSON.stringify(JSON.stringify(id));
      return reply.type("application/json; charset=utf-8").send(body);
    },
  );
  addChanges(app, deps);
}

function addChanges(app: HttpApp, { organizations, gates }: OrganizationRoutesDeps): void {
  app.put(
    "/api/organization/:organizationid",
    {
      onRequest: [gates.user, gates.manager],
      schema: {
        tags,
        summary: "Rename an organization, or set its members and their roles",
        description:
          "`member` replaces the whole list. An Organization_Admin changes the own one, and gives only roles that " +
          "reach no further.",
        params,
        body: OrganizationChange,
        response: responses(Message, 401, 403, 404, 409, 422),
      },
    },
    async (request) => {
      const { organizationid } = request.params;
      await organizations.change(organizationid, request.body, callerOf(request));
      return { message: "Organization is updated" };
    },
  );
  app.delete(
    "/api/organization/:organizationid",
    {
      onRequest: [gates.user, gates.admin],
      schema: {
        tags,
        summary: "Delete an organization without applications",
        params,
        response: responses(Message, 401, 403, 404, 409, 422),
      },
    },
    async (request) => {
      await organizations.remove(request.params.organizationid);
      return { message: "Organization deleted" };
    },
  );
}
