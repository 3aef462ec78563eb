import { ApiTokenView, ApiTokenWish, Message, NewApiToken } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import type { OwnTokens } from "../use-cases/accounts/api-tokens.ts";
import { responses } from "./answers.ts";
import { callerOf, type Gates } from "./gates.ts";
import { createPaging } from "./paging.ts";

export interface TokenRoutesDeps {
  ownTokens: OwnTokens;
  gates: Gates;
}

const tags = ["accounts"];
const paging = createPaging({
  id: (token: ApiTokenView) => token.id,
  fields: ["name", "created_at", "expires_at", "last_used_at"],
  read: (token, field) => token[field],
});

/** API tokens: for machines, which have no password to log in with. */
export function addTokenRoutes(app: HttpApp, { ownTokens, gates }: TokenRoutesDeps): void {
  const onRequest = gates.userStrict;
  app.get(
    "/api/tokens",
    {
      onRequest,
      schema: {
        tags,
        summary: "The own API tokens",
        querystring: paging.query,
        response: responses(z.array(ApiTokenView), 401, 403, 422),
      },
    },
    async (request, reply) => paging.page(request, reply, await ownTokens.list(callerOf(request))),
  );
  app.post(
    "/api/tokens",
    {
      onRequest,
      schema: {
        tags,
        summary: "Make an API token",
        description:
          "It acts for its owner, in the organization of this request, within its scopes. It goes on when the " +
          "password changes, and ends with the account. The token is shown this once.",
        body: ApiTokenWish,
        response: responses(NewApiToken, 401, 403, 409, 422),
      },
    },
    async (request) => ownTokens.create(request.body, callerOf(request)),
  );
  app.delete(
    "/api/tokens/:tokenid",
    {
      onRequest,
      schema: {
        tags,
        summary: "Revoke an API token",
        params: z.object({ tokenid: z.string().max(256) }),
        response: responses(Message, 401, 403, 404),
      },
    },
    async (request) => {
      await ownTokens.remove(request.params.tokenid, callerOf(request));
      return { message: "API token revoked" };
    },
  );
}
