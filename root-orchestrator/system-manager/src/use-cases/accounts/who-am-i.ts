import type { WhoAmI } from "@oak/contracts";
import type { Caller } from "../../domain/caller.ts";
import { userView } from "../../domain/user-view.ts";
import { errors } from "../../errors.ts";
import type { Accounts } from "../../ports/accounts.ts";

export interface WhoAmIDeps {
  accounts: Pick<Accounts, "findUser" | "findOrganizationById">;
}

/**
 * Who is behind a request.
 * @throws AppError unauthenticated when the account went meanwhile
 */
export function createWhoAmI({ accounts }: WhoAmIDeps) {
  return async (caller: Caller): Promise<WhoAmI> => {
    const user = await accounts.findUser(caller.name);
    const organization = await accounts.findOrganizationById(caller.organization);
    if (user?.id !== caller.id || organization === undefined) throw errors.unauthenticated();
    const { apiToken } = caller;
    return {
      ...userView(user, caller.roles),
      organization: organization.id,
      organization_name: organization.name,
      session: apiToken === undefined ? "user" : "api_token",
      ...(apiToken !== undefined && {
        token: {
          id: apiToken.id,
          name: apiToken.name,
          scopes: [...apiToken.scopes],
          expires_at: apiToken.expiresAt,
        },
      }),
    };
  };
}
