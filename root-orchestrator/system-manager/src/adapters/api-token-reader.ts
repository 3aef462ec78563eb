import { type Clock, hashToken, type Logger } from "@oak/kit";
import { errors } from "../errors.ts";
import type { ApiToken, ApiTokens } from "../ports/api-tokens.ts";

export interface ApiTokenReaderDeps {
  apiTokens: Pick<ApiTokens, "findByHash" | "used">;
  clock: Pick<Clock, "nowMs">;
  logger: Logger;
}

/** Often enough to see which tokens are not needed any more. */
const recordEveryS = 60;

/**
 * Finds the API token that somebody shows, and notes its use once a minute, which the request does not wait for.
 * The function throws unauthenticated and token_expired (both 401).
 */
export function createApiTokenReader({ apiTokens, clock, logger }: ApiTokenReaderDeps) {
  const recorded = new Map<string, number>();
  const recordUse = (id: string, now: number): void => {
    if (now - (recorded.get(id) ?? Number.NEGATIVE_INFINITY) < recordEveryS) return;
    recorded.delete(id);
    recorded.set(id, now);
    const [oldest] = recorded.keys();
    if (recorded.size > 1_000 && oldest !== undefined) recorded.delete(oldest);
    void apiTokens.used(id, now).catch((err: unknown) => {
      logger.debug({ tokenId: id, err }, "the use of an API token is not noted");
    });
  };
  return async (token: string): Promise<ApiToken> => {
    const found = await apiTokens.findByHash(hashToken(token));
    if (found === undefined) throw errors.unauthenticated("This API token is not known");
    const now = Math.floor(clock.nowMs() / 1_000);
    if (found.expiresAt !== null && found.expiresAt <= now) throw errors.token_expired();
    recordUse(found.id, now);
    return found;
  };
}
