import { newToken, type Secret } from "@oak/kit";
import type { SecretStore } from "../store/secrets.ts";

/**
 * The secret with which workers join. The configured one wins and is not stored; else the stored one,
 * made at the first start. `isNew`: show it to the operator now.
 */
export async function workerJoinSecret(
  secrets: SecretStore,
  configured: Secret | undefined,
): Promise<{ value: string; isNew: boolean }> {
  if (configured !== undefined) return { value: configured.reveal(), isNew: false };
  return secrets.getOrCreate("worker_join", newToken);
}
