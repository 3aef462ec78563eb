import { WhoAmI } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { createWhoAmI, type WhoAmIDeps } from "../use-cases/accounts/who-am-i.ts";
import { responses } from "./answers.ts";
import { callerOf, type Gates } from "./gates.ts";

export interface MeRouteDeps extends WhoAmIDeps {
  gates: Gates;
}

/** A token of a machine does not say whose it is, and a session's may be older than the roles. */
export function addMeRoute(app: HttpApp, { gates, ...deps }: MeRouteDeps): void {
  const whoAmI = createWhoAmI(deps);
  app.get(
    "/api/auth/me",
    {
      onRequest: gates.userStrict,
      schema: {
        tags: ["accounts"],
        summary: "Whose token this is",
        description:
          "The account behind the token of this request, with the roles of this moment in the organization that " +
          "the token is for. For sessions and for API tokens of any scope.",
        response: responses(WhoAmI, 401, 403),
      },
    },
    (request) => whoAmI(callerOf(request)),
  );
}
