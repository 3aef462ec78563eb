import type { Refresh, RefreshAnswer, TokenClaims } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import { rolesIn } from "../domain/roles.ts";
import { errors } from "../errors.ts";
import type { Accounts } from "../ports/accounts.ts";
import type { Sessions } from "../ports/sessions.ts";
import type { TokenIdentity, Tokens } from "../ports/tokens.ts";

export interface RefreshDeps {
  accounts: Pick<Accounts, "findUser" | "findOrganizationById">;
  tokens: Pick<Tokens, "read" | "sign">;
  sessions: Pick<Sessions, "find" | "rotate" | "end">;
  newTokenId: () => string;
  clock: Pick<Clock, "nowMs">;
  /** how long a refresh token lives */
  lifetimeS: number;
}

/**
 * A new access token for a refresh token, and a new refresh token where the session rotates. Roles are read anew, so
 * that what was taken away stays away. Whoever shows a refresh token that was replaced may have stolen it, or been
 * stolen from: the session ends for both.
 * @throws AppError token_expired, token_malformed, session_ended, user_unknown, forbidden
 */
export function createRefreshToken(deps: RefreshDeps) {
  const { tokens, sessions } = deps;
  return async (refreshToken: string, { rotate }: Refresh): Promise<RefreshAnswer> => {
    const claims = await readRefreshToken(tokens, refreshToken);
    const identity = await identityOf(deps, claims);
    const session = await sessions.find(identity.session.id);
    if (session?.isEnded) throw errors.session_ended();
    const expiresAt = Math.floor(deps.clock.nowMs() / 1_000) + deps.lifetimeS;
    const endAsStolen = async (): Promise<never> => {
      await sessions.end(identity.session.id, expiresAt);
      throw errors.session_ended("This refresh token was replaced; the session is ended");
    };
    if (session?.current !== undefined && session.current !== claims.jti) await endAsStolen();
    const token = await tokens.sign(identity, "access");
    if (rotate !== true && !identity.session.isRotating) return { token };
    const id = deps.newTokenId();
    const rotated = await sessions.rotate(identity.session.id, {
      from: claims.jti,
      to: id,
      expiresAt,
    });
    if (!rotated) await endAsStolen();
    return { token, refresh_token: await tokens.sign(identity, "refresh", id) };
  };
}

async function readRefreshToken(
  tokens: Pick<Tokens, "read">,
  refreshToken: string,
): Promise<TokenClaims> {
  const read = await tokens.read(refreshToken, "refresh");
  if (read.ok) return read.claims;
  throw read.reason === "expired"
    ? errors.token_expired()
    : errors.token_malformed("Only a refresh token is allowed here");
}

async function identityOf(
  { accounts }: Pick<RefreshDeps, "accounts">,
  claims: TokenClaims,
): Promise<TokenIdentity> {
  const { sub, uid, gen, sid, organization: organizationId } = claims;
  const user = await accounts.findUser(sub);
  if (user === undefined || user.id !== uid) throw errors.user_unknown();
  if (gen !== user.generation || sid === undefined) throw errors.session_ended();
  const organization = await accounts.findOrganizationById(organizationId);
  const roles = organization === undefined ? undefined : rolesIn(organization, user);
  if (roles === undefined) throw errors.forbidden("You are no longer in this organization");
  return {
    id: user.id,
    name: user.name,
    roles,
    organization: organizationId,
    generation: user.generation,
    session: { id: sid, isRotating: claims.rotating === true },
  };
}
