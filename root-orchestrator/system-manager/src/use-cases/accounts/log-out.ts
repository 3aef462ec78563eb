import type { Clock } from "@oak/kit";
import { errors } from "../../errors.ts";
import type { Sessions } from "../../ports/sessions.ts";
import type { Tokens } from "../../ports/tokens.ts";

export interface LogOutDeps {
  tokens: Pick<Tokens, "read">;
  sessions: Pick<Sessions, "end">;
  clock: Pick<Clock, "nowMs">;
  /** how long a refresh token lives */
  lifetimeS: number;
}

/**
 * Ends the session that a token comes from, be it an access or a refresh token. Repeatable.
 * @throws AppError token_expired, token_malformed
 */
export function createLogOut({ tokens, sessions, clock, lifetimeS }: LogOutDeps) {
  return async (token: string): Promise<void> => {
    const asRefresh = await tokens.read(token, "refresh");
    const read = asRefresh.ok ? asRefresh : await tokens.read(token, "access");
    if (!read.ok) {
      throw read.reason === "expired" ? errors.token_expired() : errors.token_malformed();
    }
    const { sid } = read.claims;
    if (sid === undefined) throw errors.token_malformed();
    await sessions.end(sid, Math.floor(clock.nowMs() / 1_000) + lifetimeS);
  };
}
