import {
  type Authenticator,
  composeAuthenticators,
  type Database,
  principalOf,
  requirePrincipal,
} from "@oak/kit";
import type { FastifyRequest } from "fastify";
import { errors } from "../errors.ts";

type Hook = (request: FastifyRequest) => Promise<void>;

/** Hooks that stand before the routes. */
export interface Gates {
  /** Services of the root. */
  tier: Hook;
  cluster: Hook;
  /** Either of them. */
  any: Hook;
  user: Hook;
}

export interface GatesDeps {
  tier: Authenticator;
  clusters: Authenticator;
  users: Authenticator;
}

export function createGates({ tier, clusters, users }: GatesDeps): Gates {
  const known = composeAuthenticators(tier, clusters);
  return {
    tier: requirePrincipal(known, "tier"),
    cluster: requirePrincipal(known, "cluster"),
    any: requirePrincipal(known, "tier", "cluster"),
    user: requirePrincipal(users, "user"),
  };
}

/**
 * The cluster behind a request that went through a gate.
 * upstream: the address of the caller says who it is, which anybody can forge and NAT breaks.
 */
export function clusterOf(request: FastifyRequest): string {
  const principal = principalOf(request);
  if (principal.kind !== "cluster") throw errors.forbidden();
  return principal.id;
}

/** Without its unique indexes a database would give one address twice. */
export function requireDatabase(database: Pick<Database, "isReady">): () => Promise<void> {
  return async () => {
    if (!database.isReady) throw errors.unavailable("The database is not reachable");
  };
}
