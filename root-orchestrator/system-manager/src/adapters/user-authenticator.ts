import { API_TOKEN_PREFIX } from "@oak/contracts";
import { bearerToken, type UserPrincipal } from "@oak/kit";
import { rolesIn } from "../domain/roles.ts";
import { errors } from "../errors.ts";
import type { KnownAccounts, User } from "../ports/accounts.ts";
import type { ApiToken } from "../ports/api-tokens.ts";
import type { Sessions } from "../ports/sessions.ts";
import type { Tokens } from "../ports/tokens.ts";
import type { UserAuthenticator } from "../ports/user-authenticator.ts";
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
export function createUserAuthenticator(deps: UserAuthenticatorDeps): UserAuthenticator {
  const principal = async (standing: Standing | undefined) =>
    standing === undefined ? undefined : principalOf(deps.accounts, standing);
  return {
    authenticate: async (headers) => {
      const token = bearerToken(headers);
      if (token === undefined) return undefined;
      const standing = token.startsWith(API_TOKEN_PREFIX)
        ? await standingOfMachine(deps, token)
        : await standingOfSession(deps, await readSession(deps.tokens, token));
      return principal(standing);
    },
    standing: async ({ name, organization, account }, headers) => {
      if (account === undefined) return undefined;
      const { id: userId, token } = account;
      const standing =
        token.kind === "api"
          ? await standingOfMachine(deps, bearerToken(headers) ?? "")
          : await standingOfSession(deps, { name, userId, organization, token });
      return principal(standing);
    },
  };
}

interface Standing {
  user: User;
  /** id */
  organization: string;
  token: NonNullable<UserPrincipal["account"]>["token"];
}

/** What an access token says. */
interface SessionMark {
  name: string;
  userId: string;
  organization: string;
  token: { kind: "session"; id: string; generation: number };
}

/** Undefined for tokens of older releases, which had no sessions. */
async function readSession(
  tokens: UserAuthenticatorDeps["tokens"],
  token: string,
): Promise<SessionMark | undefined> {
  const read = await tokens.read(token, "access");
  if (!read.ok) {
    throw read.reason === "expired" ? errors.token_expired() : errors.token_malformed();
  }
  const { sub: name, uid: userId, gen: generation, sid: id, organization } = read.claims;
  if (userId === undefined || id === undefined || generation === undefined) return undefined;
  return { name, userId, organization, token: { kind: "session", id, generation } };
}

async function standingOfSession(
  { accounts, sessions }: UserAuthenticatorDeps,
  session: SessionMark | undefined,
): Promise<Standing | undefined> {
  if (session === undefined) return undefined;
  const { name, userId, organization, token } = session;
  const user = await accounts.knownUser(name);
  if (user?.id !== userId) return undefined;
  const isOver = token.generation !== user.generation || (await sessions.hasEnded(token.id));
  if (isOver) throw errors.session_ended();
  return { user, organization, token };
}

async function standingOfMachine(
  { accounts, readApiToken }: UserAuthenticatorDeps,
  token: string,
): Promise<Standing | undefined> {
  const { id, name, userId, userName, organization, scopes, expiresAt } = await readApiToken(token);
  const user = await accounts.knownUser(userName);
  if (user?.id !== userId) return undefined;
  return { user, organization, token: { kind: "api", id, name, scopes, expiresAt } };
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
