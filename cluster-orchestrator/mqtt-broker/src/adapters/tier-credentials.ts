import { equalSecrets, revealed, type Secret } from "@oak/kit";
import type { Credential, CredentialChecker, Identity } from "../ports.ts";

const prefix = "tier:";

/**
 * Services of this cluster log in as `tier:<their name>` with the secret that they share. That is
 * decided here, so that the cluster-manager can connect before anybody can ask it anything. All other
 * users are left to `others`.
 */
export function createTierCredentials(
  secret: Secret | string,
  others: CredentialChecker,
): CredentialChecker {
  const check = async (credential: Credential): Promise<Identity | undefined> => {
    if (!credential.username.startsWith(prefix)) return others.check(credential);
    return equalSecrets(credential.password, revealed(secret)) ? { kind: "manager" } : undefined;
  };
  return { check, forget: (username) => others.forget(username) };
}
