import { Id } from "@oak/contracts";
import { commonErrors, type Database } from "@oak/kit";
import type { FastifyRequest } from "fastify";
import { errors } from "../errors.ts";

const instanceNumber = /^(0|[1-9]\d{0,15})$/;

/** upstream: an id that cannot be one is 400, not a fault of validation. Runs before that. */
export async function refuseBadIds(request: FastifyRequest): Promise<void> {
  const params = request.params as Readonly<Record<string, string>>;
  for (const [name, value] of Object.entries(params)) {
    // Of a custom resource: a name.
    if (name === "type") continue;
    const isGood = name === "n" ? instanceNumber.test(value) : Id.safeParse(value).success;
    if (!isGood) {
      const allowed = name === "n" ? "a whole number" : "24 hex characters";
      throw errors.bad_id(`${JSON.stringify(value)} is not ${allowed}`);
    }
  }
}

/** Without its indexes a database would take duplicates, so nothing is served until it is prepared. */
export function requireDatabase(database: Pick<Database, "isReady">): () => Promise<void> {
  return async () => {
    if (!database.isReady) throw commonErrors.unavailable("The database is not reachable");
  };
}
