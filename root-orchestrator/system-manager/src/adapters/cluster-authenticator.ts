import { type Authenticator, bearerToken, hashToken } from "@oak/kit";
import type { ClusterCredentials } from "../ports/cluster-credentials.ts";

/** Recognises clusters by the token of their registration. */
export function createClusterAuthenticator(credentials: ClusterCredentials): Authenticator {
  return {
    authenticate: async (headers) => {
      const token = bearerToken(headers);
      if (token === undefined) return undefined;
      const known = await credentials.findByToken(hashToken(token));
      return known === undefined ? undefined : { kind: "cluster", id: known.clusterId };
    },
  };
}
