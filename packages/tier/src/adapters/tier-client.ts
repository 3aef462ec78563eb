import { TierIdentity } from "@oak/contracts";
import type { HttpClient } from "@oak/kit";

/** Identity of the tier's database as its resource abstractor keeps it. */
export interface TierIdentityBook {
  /** Reads it; `current` may be called afterwards. */
  load(): Promise<void>;
  current(): TierIdentity;
  /** A new incarnation with lifted counters. */
  renew(): Promise<void>;
}

export function createTierIdentityBook(client: HttpClient): TierIdentityBook {
  const path = "/api/v1/tier";
  let identity: TierIdentity | undefined;
  const current = (): TierIdentity => {
    if (identity === undefined) throw new Error("the tier's identity has not been read");
    return identity;
  };
  return {
    current,
    load: async () => {
      identity = await client.request({ path, schema: TierIdentity });
    },
    renew: async () => {
      const { incarnation } = current();
      identity = await client.request({
        method: "POST",
        path: `${path}/renew`,
        body: { incarnation },
        schema: TierIdentity,
      });
    },
  };
}
