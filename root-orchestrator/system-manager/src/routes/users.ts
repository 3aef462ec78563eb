import { Message, PasswordChange, Permission, UserChange, UserView } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { rolesIn } from "../domain/roles.ts";
import { userView } from "../domain/user-view.ts";
import { errors } from "../errors.ts";
import type { Accounts } from "../ports/accounts.ts";
import type { createChangePassword } from "../use-cases/accounts/change-password.ts";
import type { createChangeUser } from "../use-cases/accounts/change-user.ts";
import type { createDeleteUser } from "../use-cases/accounts/delete-user.ts";
import { listMembers, listUsers } from "../use-cases/accounts/list-users.ts";
import { responses } from "./answers.ts";
import { callerOf, type Gates } from "./gates.ts";
import { createPaging } from "./paging.ts";
import { tellingWhen } from "./telling-when.ts";

export interface UserRoutesDeps {
  accounts: Accounts;
  changeUser: ReturnType<typeof createChangeUser>;
  deleteUser: ReturnType<typeof createDeleteUser>;
  changePassword: ReturnType<typeof createChangePassword>;
  gates: Gates;
}

const params = z.object({ username: z.string() });
const tags = ["accounts"];
const list = z.array(UserView);
const paging = createPaging({
  id: (user: UserView) => user._id.$oid,
  fields: ["name", "email"],
});

export function addUserRoutes(app: HttpApp, deps: UserRoutesDeps): void {
  addOwnAccount(app, deps);
  addLists(app, deps);
  addManagement(app, deps);
}

/** What the dashboard asks for while it starts, and the own password. */
function addOwnAccount(app: HttpApp, { accounts, gates, changePassword }: UserRoutesDeps): void {
  const onRequest = [gates.userStrict, gates.self];
  app.get(
    "/api/user/:username",
    {
      onRequest,
      schema: { tags, summary: "The own account", params, response: responses(UserView, 401, 403) },
    },
    async (request) => {
      const { user, roles } = await ownAccount(accounts, callerOf(request));
      return userView(user, roles);
    },
  );
  app.get(
    "/api/permission/:username",
    {
      onRequest,
      schema: { tags, summary: "The own roles", params, response: responses(Permission, 401, 403) },
    },
    async (request) => {
      const { roles } = await ownAccount(accounts, callerOf(request));
      return { roles };
    },
  );
  app.post(
    "/api/user/:username",
    {
      onRequest,
      schema: {
        tags,
        summary: "Change the own password",
        description:
          "Ends every session of the user, this one too: log in again. API tokens go on.",
        params,
        body: PasswordChange,
        response: responses(z.object({}), 400, 401, 403, 404, 422, 429, 503),
      },
    },
    async (request, reply) => {
      const { name } = callerOf(request);
      await tellingWhen(reply, () => changePassword(name, request.body, request.ip));
      return {};
    },
  );
}

function addLists(app: HttpApp, { accounts, gates }: UserRoutesDeps): void {
  app.get(
    "/api/users",
    {
      onRequest: [gates.userStrict, gates.admin],
      schema: {
        tags,
        summary: "All users",
        description: "`roles` are those in the organization of the caller.",
        querystring: paging.query,
        response: responses(list, 401, 403, 422),
      },
    },
    async (request, reply) =>
      paging.page(request, reply, await listUsers(accounts, callerOf(request))),
  );
  app.get(
    "/api/users/:organizationid",
    {
      onRequest: [gates.userStrict, gates.manager],
      schema: {
        tags,
        summary: "The members of an organization",
        description: "Of the own one; an Admin sees those of all.",
        params: z.object({ organizationid: z.string().max(256) }),
        querystring: paging.query,
        response: responses(list, 401, 403, 404, 422),
      },
    },
    async (request, reply) => {
      const { organizationid } = request.params;
      const members = await listMembers(accounts, organizationid, callerOf(request));
      return paging.page(request, reply, members);
    },
  );
}

function addManagement(app: HttpApp, deps: UserRoutesDeps): void {
  const { accounts, gates, changeUser, deleteUser } = deps;
  const onRequest = [gates.userStrict, gates.manager];
  app.put(
    "/api/user/:username",
    {
      onRequest,
      schema: {
        tags,
        summary: "Change a user",
        description:
          "What is absent stays, and so does a password that is empty. `roles` are those in the organization of " +
          "the caller. An Organization_Admin changes members of the own organization, and of those that are in " +
          "another one too only the roles; the role Admin is for an Admin to give.",
        params,
        body: UserChange,
        response: responses(Message, 401, 403, 404, 409, 422),
      },
    },
    async (request) => {
      await changeUser(request.params.username, request.body, callerOf(request));
      return { message: "ok" };
    },
  );
  app.delete(
    "/api/user/:username",
    {
      onRequest,
      schema: {
        tags,
        summary: "Delete a user",
        description:
          "With all memberships, sessions and API tokens; what the user had deployed stays for administrators " +
          "and the organization. Answers the users that remain.",
        params,
        response: responses(list, 401, 403, 404, 409),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      await deleteUser(request.params.username, caller);
      return caller.isAdmin
        ? listUsers(accounts, caller)
        : listMembers(accounts, caller.organization, caller);
    },
  );
}

async function ownAccount(accounts: Accounts, caller: { name: string; organization: string }) {
  const user = await accounts.findUser(caller.name);
  if (user === undefined) throw errors.user_unknown();
  const organization = await accounts.findOrganizationById(caller.organization);
  return { user, roles: organization === undefined ? [] : (rolesIn(organization, user) ?? []) };
}
