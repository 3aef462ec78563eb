import type { Role } from "@oak/contracts";
import {
  AppError,
  type Authenticator,
  principalOf,
  requirePrincipal,
  type UserPrincipal,
} from "@oak/kit";
import type { FastifyRequest } from "fastify";
import type { Caller } from "../domain/caller.ts";
import { hasRole } from "../domain/roles.ts";
import { hasScope, scopeNeeded } from "../domain/scopes.ts";
import { errors } from "../errors.ts";

/** A hook that stands before a route; `roles` is for tables of who may do what. */
export interface Gate {
  (request: FastifyRequest): Promise<void>;
  isGate: true;
  /** one of them is needed; absent: any user */
  roles?: readonly Role[];
}

/** Hooks that stand before the routes of users. */
export interface Gates {
  /** upstream: routes of its older family answer 401 for no or an expired token, 422 for a broken one. */
  user: Gate;
  /** upstream: routes of its newer family answer 401 for any fault of the token. */
  userStrict: Gate;
  /** After one of the first two: only administrators. */
  admin: Gate;
  /** After one of the first two: who may manage members of an organization. */
  manager: Gate;
  /** After one of the first two: who may deploy. */
  provider: Gate;
  /** After one of the first two: who may manage clusters and nodes. */
  infrastructure: Gate;
  /** After one of the first two: only the user whom the path names. */
  self: Gate;
}

const refusal = "You have not enough permissions!";

export function createGates(authenticator: Authenticator): Gates {
  const known = requirePrincipal(authenticator, "user");
  const user = gateOf(async (request) => {
    await known(request);
    assertScope(request);
  });
  return {
    user,
    userStrict: gateOf(async (request) => {
      try {
        await user(request);
      } catch (error) {
        throw error instanceof AppError && error.code === "token_malformed"
          ? errors.unauthenticated("Missing authentication token")
          : error;
      }
    }),
    admin: roleGate("Admin"),
    manager: roleGate("Admin", "Organization_Admin"),
    provider: roleGate("Admin", "Application_Provider"),
    infrastructure: roleGate("Admin", "Infrastructure_Provider"),
    self: gateOf(async (request) => {
      const { username } = request.params as { username?: string };
      if (callerOf(request).name !== username) throw errors.forbidden(refusal);
    }),
  };
}

type Hook = (request: FastifyRequest) => Promise<void>;

function gateOf(hook: Hook, roles?: readonly Role[]): Gate {
  return Object.assign(hook, { isGate: true as const, ...(roles === undefined ? {} : { roles }) });
}

/** API tokens are limited here, in one place, whatever a route looks at besides. */
function assertScope(request: FastifyRequest): void {
  const { apiToken } = callerOf(request);
  if (apiToken === undefined) return;
  const needed = scopeNeeded(request.method, request.routeOptions.url ?? "");
  if (needed === undefined) throw errors.forbidden("API tokens cannot do this: log in");
  if (!hasScope(apiToken.scopes, needed)) {
    throw errors.forbidden(`This API token has not the scope ${needed}`);
  }
}

function roleGate(...roles: readonly Role[]): Gate {
  return gateOf(async (request) => {
    if (!hasRole(callerOf(request), ...roles)) throw errors.forbidden(refusal);
  }, roles);
}

/** Whom the gate has recognised. */
export function userOf(request: FastifyRequest): UserPrincipal {
  const principal = principalOf(request);
  if (principal.kind !== "user") throw errors.forbidden();
  return principal;
}

/** The user behind a request that went through a gate. */
export function callerOf(request: FastifyRequest): Caller {
  const { name, roles, organization, account } = userOf(request);
  if (account === undefined) throw errors.forbidden();
  const { id, isShared, token } = account;
  const isAdmin = roles.includes("Admin");
  const caller = { id, name, roles, organization, isShared, isAdmin };
  return token.kind === "api" ? { ...caller, apiToken: token } : caller;
}
