import { type Clock, hashToken } from "@oak/kit";
import type { Credential, CredentialChecker, Identity } from "../ports.ts";

interface Remembered {
  passwordHash: string;
  identity: Identity;
  untilMs: number;
}

export interface CachedCredentialsOptions {
  source: CredentialChecker;
  clock: Clock;
  /** How long a good answer is believed. Refusals are never remembered: a new password works at once. */
  ttlMs: number;
  /** Users that are remembered at most. */
  maxEntries?: number;
}

/** Spares the cluster-manager the reconnects of its workers; holds no password in the clear. */
export function createCachedCredentials(options: CachedCredentialsOptions): CredentialChecker {
  const { source, clock, ttlMs, maxEntries = 20_000 } = options;
  const remembered = new Map<string, Remembered>();
  /** moved on by `forget`: an answer that was asked for before it must not be remembered after it */
  let generation = 0;

  const remember = (username: string, entry: Remembered): void => {
    remembered.delete(username);
    if (remembered.size >= maxEntries) {
      const oldest = remembered.keys().next();
      if (oldest.done !== true) remembered.delete(oldest.value);
    }
    remembered.set(username, entry);
  };

  const check = async (credential: Credential): Promise<Identity | undefined> => {
    const passwordHash = hashToken(credential.password);
    const known = remembered.get(credential.username);
    const isFresh = known !== undefined && known.untilMs > clock.monotonicMs();
    // Comparing digests of random passwords tells an attacker nothing by its timing.
    if (isFresh && known.passwordHash === passwordHash) return known.identity;
    const asked = generation;
    const identity = await source.check(credential);
    if (identity !== undefined && asked === generation) {
      const untilMs = clock.monotonicMs() + ttlMs;
      remember(credential.username, { passwordHash, identity, untilMs });
    }
    return identity;
  };

  return {
    check,
    forget: (username) => {
      generation += 1;
      remembered.delete(username);
      source.forget(username);
    },
  };
}
