import { AppError, type Authenticator, principalOf, requirePrincipal } from "@oak/kit";
import type { FastifyRequest } from "fastify";
import type { Caller } from "../domain/caller.ts";
import { errors } from "../errors.ts";

type Hook = (request: FastifyRequest) => Promise<void>;

/** Hooks that stand before the routes of users. */
export interface Gates {
  /** upstream: routes of its older family answer 401 for no or an expired token, 422 for a broken one. */
  user: Hook;
  /** upstream: routes of its newer family answer 401 for any fault of the token. */
  userStrict: Hook;
  /** After one of the others: only administrators. */
  admin: Hook;
  /** After one of the others: only the user whom the path names. */
  self: Hook;
}

export function createGates(authenticator: Authenticator): Gates {
  const user = requirePrincipal(authenticator, "user");
  return {
    user,
    userStrict: async (request) => {
      try {
        await user(request);
      } catch (error) {
        throw error instanceof AppError && error.code === "token_malformed"
          ? errors.unauthenticated("Missing authentication token")
          : error;
      }
    },
    admin: async (request) => {
      if (!callerOf(request).isAdmin) throw errors.forbidden("You have not enough permissions!");
    },
    self: async (request) => {
      const { username } = request.params as { username?: string };
      if (callerOf(request).name !== username) {
        throw errors.forbidden("You have not enough permissions!");
      }
    },
  };
}

/** The user behind a request that went through a gate. */
export function callerOf(request: FastifyRequest): Caller {
  const principal = principalOf(request);
  if (principal.kind !== "user") throw errors.forbidden();
  const { name, roles, organization } = principal;
  return { name, roles, organization, isAdmin: roles.includes("Admin") };
}
