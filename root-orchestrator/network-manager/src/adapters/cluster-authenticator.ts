import { type Authenticator, bearerToken, hashToken } from "@oak/kit";
import type { ClusterStore } from "../ports.ts";

/** Recognises clusters by the token that the system-manager gave them; it told us its hash. */
export function createClusterAuthenticator(
  clusters: Pick<ClusterStore, "findByToken">,
): Authenticator {
  return {
    authenticate: async (headers) => {
      const token = bearerToken(headers);
      if (token === undefined) return undefined;
      const known = await clusters.findByToken(hashToken(token));
      return known === undefined ? undefined : { kind: "cluster", id: known._id };
    },
  };
}
