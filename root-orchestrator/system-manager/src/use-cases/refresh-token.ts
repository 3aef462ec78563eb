import type { RefreshAnswer } from "@oak/contracts";
import { errors } from "../errors.ts";
import type { Accounts } from "../ports/accounts.ts";
import type { Tokens } from "../ports/tokens.ts";
import { rolesIn } from "./log-in.ts";

export interface RefreshDeps {
  accounts: Accounts;
  tokens: Tokens;
}

/**
 * A new access token for a refresh token. Roles are read anew, so that what was taken away stays away.
 * @throws AppError token_expired, token_malformed, user_unknown, forbidden
 */
export function createRefreshToken({ accounts, tokens }: RefreshDeps) {
  return async (refreshToken: string): Promise<RefreshAnswer> => {
    const read = await tokens.read(refreshToken, "refresh");
    if (!read.ok) {
      throw read.reason === "expired"
        ? errors.token_expired()
        : errors.token_malformed("Only a refresh token is allowed here");
    }
    const { sub, organization: organizationId } = read.claims;
    const user = await accounts.findUser(sub);
    if (user === undefined) throw errors.user_unknown();
    const organization = await accounts.findOrganizationById(organizationId);
    const roles = organization === undefined ? undefined : rolesIn(organization, user);
    if (roles === undefined) throw errors.forbidden("You are no longer in this organization");
    const identity = { name: user.name, roles, organization: organizationId };
    return { token: await tokens.sign(identity, "access") };
  };
}
