import type { TierIdentity } from "@oak/contracts";
import type { TierStore } from "../ports.ts";

/** The identity of the tier, read once: every hold needs its base. */
export interface TierReader {
  /** From memory when known. */
  base(): Promise<number>;
  /** From the database. */
  current(): Promise<TierIdentity>;
  renew(incarnation: string): Promise<TierIdentity>;
}

export function createTierReader(store: TierStore): TierReader {
  let known: TierIdentity | undefined;
  const remember = (identity: TierIdentity): TierIdentity => {
    known = identity;
    return identity;
  };
  const current = async (): Promise<TierIdentity> => remember(await store.current());
  return {
    base: async () => (known ?? (await current())).base,
    current,
    renew: async (incarnation) => remember(await store.renew(incarnation)),
  };
}
