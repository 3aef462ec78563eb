import { API_TOKEN_PREFIX } from "@oak/contracts";
import { type Authenticator, bearerToken, type UserPrincipal } from "@oak/kit";
import { rolesIn } from "../domain/roles.ts";
import { errors } from "../errors.ts";
import type { KnownAccounts, User } from "../ports/accounts.ts";
import type { ApiToken } from "../ports/api-tokens.ts";
import type { Sessions } from "../ports/sessions.ts";
import type { Tokens } from "../ports/tokens.ts";
import { rootOrganization } from "../use-cases/ensure-first-account.ts";

export interface UserAuthenticatorDeps {
  tokens: Pick<Tokens, "read">;
  accounts: KnownAccounts;
  sessions: Pick<Sessions, "hasEnded">;
  /** see `createApiTokenReader` */
  readApiToken(token: string): Promise<ApiToken>;
}

/**
 * Recognises users by their access token, and machines by the API token of a user. A token says who it is; what he may
 * do is read from the accounts each time, so that a role that was taken away, a user who was deleted and a password that
 * was changed count at once, however long the token is still valid. To be asked last: whatever is no token of ours is
 * refused here.
 * Throws token_expired and session_ended (401), token_malformed (422) and forbidden (403).
 */
export function createUserAuthenticator(deps: UserAuthenticatorDeps): Authenticator {
  return {
    authenticate: async (headers) => {
      const token = bearerToken(headers);
      if (token === undefined) return undefined;
      const standing = token.startsWith(API_TOKEN_PREFIX)
        ? await standingOfMachine(deps, token)
        : await standingOfUser(deps, token);
      return standing === undefined ? undefined : principalOf(deps.accounts, standing);
    },
  };
}

interface Standing {
  user: User;
  /** id */
  organization: string;
  token: NonNullable<UserPrincipal["account"]>["token"];
}

async function standingOfUser(
  { tokens, accounts, sessions }: UserAuthenticatorDeps,
  token: string,
): Promise<Standing | undefined> {
  const read = await tokens.read(token, "access");
  if (!read.ok) {
    throw read.reason === "expired" ? errors.token_expired() : errors.token_malformed();
  }
  const { sub: name, uid, gen, sid, organization } = read.claims;
  const user = await accounts.knownUser(name);
  if (user === undefined || uid !== user.id || sid === undefined) return undefined;
  if (gen !== user.generation || (await sessions.hasEnded(sid))) throw errors.session_ended();
  return { user, organization, token: { kind: "session", id: sid } };
}

async function standingOfMachine(
  { accounts, readApiToken }: UserAuthenticatorDeps,
  token: string,
): Promise<Standing | undefined> {
  const { id, userId, userName, organization, scopes, expiresAt } = await readApiToken(token);
  const user = await accounts.knownUser(userName);
  if (user?.id !== userId) return undefined;
  return { user, organization, token: { kind: "api", id, scopes, expiresAt } };
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
