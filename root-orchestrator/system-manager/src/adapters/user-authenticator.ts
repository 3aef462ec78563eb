import { type Authenticator, bearerToken, type UserPrincipal } from "@oak/kit";
import { rolesIn } from "../domain/roles.ts";
import { errors } from "../errors.ts";
import type { KnownAccounts } from "../ports/accounts.ts";
import type { Sessions } from "../ports/sessions.ts";
import type { Tokens } from "../ports/tokens.ts";
import { rootOrganization } from "../use-cases/ensure-first-account.ts";

export interface UserAuthenticatorDeps {
  tokens: Pick<Tokens, "read">;
  accounts: KnownAccounts;
  sessions: Pick<Sessions, "hasEnded">;
}

/**
 * Recognises users by their access token. It says who it is; what he may do is read from the accounts each time, so
 * that a role that was taken away, a user who was deleted and a password that was changed count at once, however long
 * the token is still valid. To be asked last: whatever is no token of ours is refused here.
 * Throws token_expired (401), session_ended (401), token_malformed (422) and forbidden (403).
 */
export function createUserAuthenticator({
  tokens,
  accounts,
  sessions,
}: UserAuthenticatorDeps): Authenticator {
  return {
    authenticate: async (headers) => {
      const token = bearerToken(headers);
      if (token === undefined) return undefined;
      const read = await tokens.read(token, "access");
      if (!read.ok) {
        throw read.reason === "expired" ? errors.token_expired() : errors.token_malformed();
      }
      const { sub: name, uid, gen, sid, organization } = read.claims;
      const user = await accounts.knownUser(name);
      if (user === undefined || uid !== user.id || sid === undefined) return undefined;
      if (gen !== user.generation || (await sessions.hasEnded(sid))) throw errors.session_ended();
      return principalOf(accounts, { user, organization, token: { kind: "session", id: sid } });
    },
  };
}

interface Standing {
  user: { id: string; name: string };
  /** id */
  organization: string;
  token: NonNullable<UserPrincipal["account"]>["token"];
}

async function principalOf(
  accounts: Pick<KnownAccounts, "knownOrganization">,
  { user, organization: organizationId, token }: Standing,
): Promise<UserPrincipal> {
  const organization = await accounts.knownOrganization(organizationId);
  const roles = organization === undefined ? undefined : rolesIn(organization, user);
  if (organization === undefined || roles === undefined) {
    throw errors.forbidden("You are no longer in this organization");
  }
  const account = { id: user.id, isShared: organization.name !== rootOrganization, token };
  return { kind: "user", name: user.name, roles, organization: organizationId, account };
}
