import { type Authenticator, bearerToken, equalSecrets, hashToken } from "@oak/kit";

/** Recognises the root: it shows the hash of this cluster's token, which it has and nobody else. */
export function createRootAuthenticator(
  membership: () => Promise<{ cluster_id: string; token: string } | undefined>,
): Authenticator {
  return {
    authenticate: async (headers) => {
      const shown = bearerToken(headers);
      if (shown === undefined) return undefined;
      const own = await membership();
      if (own === undefined || !equalSecrets(shown, hashToken(own.token))) return undefined;
      return { kind: "cluster", id: own.cluster_id };
    },
  };
}
