import type { ClusterCredential, ClusterCredentials } from "../ports/cluster-credentials.ts";

/** How long a token that was taken from a cluster behind this process's back may still be accepted. */
const REMEMBER_MS = 10_000;

/**
 * The same credentials, read once for the many requests of a cluster that come close together. What this
 * process changes counts at once.
 */
export function rememberCredentials(
  stored: ClusterCredentials,
  monotonicMs: () => number,
): ClusterCredentials {
  const byToken = new Map<string, { credential: ClusterCredential; untilMs: number }>();
  let changes = 0;
  const forget = (): void => {
    changes += 1;
    byToken.clear();
  };
  /** Before and after: what is read in between may be from before the change. */
  const changing = async (change: () => Promise<void>): Promise<void> => {
    forget();
    try {
      await change();
    } finally {
      forget();
    }
  };
  return {
    list: stored.list,
    find: stored.find,
    findByToken: async (tokenHash) => {
      const known = byToken.get(tokenHash);
      if (known !== undefined && monotonicMs() < known.untilMs) return known.credential;
      byToken.delete(tokenHash);
      const changesBefore = changes;
      const credential = await stored.findByToken(tokenHash);
      if (credential !== undefined && changes === changesBefore) {
        byToken.set(tokenHash, { credential, untilMs: monotonicMs() + REMEMBER_MS });
      }
      return credential;
    },
    save: (credential) => changing(() => stored.save(credential)),
    removeOf: (clusterId) => changing(() => stored.removeOf(clusterId)),
  };
}
