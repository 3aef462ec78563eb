import type { IncomingHttpHeaders } from "node:http";
import type { Scope } from "@oak/contracts";
import type { FastifyRequest } from "fastify";
import { commonErrors } from "./errors.ts";
import { revealed, type Secret } from "./secret.ts";
import { equalSecrets } from "./tokens.ts";

/** Who is calling. */
export type Principal =
  /** Another service of the same tier. */
  | { kind: "tier" }
  | { kind: "cluster"; id: string }
  | { kind: "worker"; id: string }
  | UserPrincipal;

export interface UserPrincipal {
  kind: "user";
  name: string;
  roles: readonly string[];
  /** id of the one that the user has logged in to */
  organization: string;
  /** What only the service knows that keeps the accounts. */
  account?: UserAccount;
}

export interface UserAccount {
  id: string;
  /** Its members see each other's applications. */
  isShared: boolean;
  /** Which of the user's tokens this is. */
  token: { kind: "session"; id: string; generation: number } | ApiTokenMark;
}

/** The token of a machine. */
export interface ApiTokenMark {
  kind: "api";
  id: string;
  name: string;
  scopes: readonly Scope[];
  /** Unix seconds; null is never */
  expiresAt: number | null;
}

export type PrincipalKind = Principal["kind"];

/**
 * The one place where callers are recognised. `undefined` means "I do not know this caller", and lets
 * the next authenticator look. Called for each request, concurrently; may throw an AppError when the
 * caller is known to be wrong (an expired token) or when its store is not available.
 */
export interface Authenticator {
  authenticate(headers: IncomingHttpHeaders): Promise<Principal | undefined>;
}

/** The token of `Authorization: Bearer …`; the scheme is compared without case (RFC 9110). */
export function bearerToken(headers: IncomingHttpHeaders): string | undefined {
  return /^bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
}

/** Recognises services of the same tier by the secret that they share (`OAK_TIER_SECRET`). */
export function tierSecretAuthenticator(secret: string | Secret): Authenticator {
  return {
    authenticate: async (headers) => {
      const token = bearerToken(headers);
      if (token === undefined || !equalSecrets(token, revealed(secret))) return undefined;
      return { kind: "tier" };
    },
  };
}

/** Asks each in turn; the first that knows the caller decides. */
export function composeAuthenticators(...authenticators: readonly Authenticator[]): Authenticator {
  return {
    authenticate: async (headers) => {
      for (const authenticator of authenticators) {
        const principal = await authenticator.authenticate(headers);
        if (principal !== undefined) return principal;
      }
      return undefined;
    },
  };
}

declare module "fastify" {
  interface FastifyRequest {
    /** Set by `requirePrincipal`. */
    principal?: Principal;
  }
}

/**
 * A route hook that lets only these kinds of callers in, any known one when none is named: 401 for
 * unknown callers, 403 for the wrong kind. Use it as `onRequest`, so that strangers learn nothing from
 * the validation of their body.
 */
export function requirePrincipal(
  authenticator: Authenticator,
  ...kinds: readonly PrincipalKind[]
): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const principal = await authenticator.authenticate(request.headers);
    if (principal === undefined) {
      throw commonErrors.unauthenticated("Send a valid token as Authorization: Bearer …");
    }
    if (kinds.length > 0 && !kinds.includes(principal.kind)) throw commonErrors.forbidden();
    request.principal = principal;
  };
}

/** The caller of a route behind `requirePrincipal`; 401 when the route forgot it. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === undefined) throw commonErrors.unauthenticated();
  return request.principal;
}
