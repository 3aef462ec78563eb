import { OrganizationView, Permission, UserView } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { errors } from "../errors.ts";
import type { Accounts, Organization } from "../ports/accounts.ts";
import { rolesIn } from "../use-cases/log-in.ts";
import { responses } from "./answers.ts";
import { callerOf, type Gates } from "./gates.ts";
import { createPaging } from "./paging.ts";

export interface UserRoutesDeps {
  accounts: Accounts;
  gates: Gates;
}

const params = z.object({ username: z.string() });
const tags = ["accounts"];
const organizationPaging = createPaging({
  id: (organization: Organization) => organization.id,
  fields: ["name"],
});

/** What the dashboard asks for while it starts. */
export function addUserRoutes(app: HttpApp, { accounts, gates }: UserRoutesDeps): void {
  app.get(
    "/api/user/:username",
    {
      onRequest: [gates.userStrict, gates.self],
      schema: { tags, summary: "The own account", params, response: responses(UserView, 401, 403) },
    },
    async (request) => {
      const { user, roles } = await ownAccount(accounts, callerOf(request));
      const { id, name, email, createdAt } = user;
      return { _id: { $oid: id }, name, email, created_at: createdAt, roles };
    },
  );
  app.get(
    "/api/permission/:username",
    {
      onRequest: [gates.userStrict, gates.self],
      schema: { tags, summary: "The own roles", params, response: responses(Permission, 401, 403) },
    },
    async (request) => {
      const { roles } = await ownAccount(accounts, callerOf(request));
      return { roles };
    },
  );
  app.get(
    "/api/organization",
    {
      onRequest: [gates.user, gates.admin],
      config: { doubleEncoded: true },
      schema: {
        tags,
        summary: "All organizations",
        querystring: organizationPaging.query,
        response: responses(z.array(OrganizationView), 401, 403, 422),
      },
    },
    async (request, reply) => {
      const all = await accounts.listOrganizations();
      const organizations = organizationPaging.page(request, reply, all);
      return organizations.map(({ id, name, members }) => ({
        _id: { $oid: id },
        name,
        member: members.map(({ userId, roles }) => ({ user_id: userId, roles })),
      }));
    },
  );
}

async function ownAccount(accounts: Accounts, caller: { name: string; organization: string }) {
  const user = await accounts.findUser(caller.name);
  if (user === undefined) throw errors.user_unknown();
  const organization = await accounts.findOrganizationById(caller.organization);
  return { user, roles: organization === undefined ? [] : (rolesIn(organization, user) ?? []) };
}
