import { WhoAmI } from "@oak/contracts";
import {
  type Authenticator,
  bearerToken,
  type Clock,
  type HttpClient,
  HttpError,
  hashToken,
  type UserPrincipal,
} from "@oak/kit";
import { errors } from "../errors.ts";

/** So long a token that has ended may still be taken. */
const freshMs = 5_000;
/** The same while the system-manager cannot be asked. */
const staleMs = 120_000;
const mostRemembered = 1_000;

export interface UserTokensDeps {
  /** To the system-manager, which knows whose a token is. */
  systemManager: HttpClient;
  clock: Pick<Clock, "monotonicMs">;
}

interface Known {
  user: UserPrincipal;
  atMs: number;
}

/**
 * Recognises users by their access tokens and their machines by API tokens. A signature does not say that a session has
 * ended or a password was changed, so the system-manager is asked, and what it said is believed for a moment.
 * upstream: 401 for everything that is wrong.
 */
export function createUserAuthenticator({ systemManager, clock }: UserTokensDeps): Authenticator {
  /** By the hash of the token, the oldest answers first. */
  const known = new Map<string, Known>();
  const believed = (found: Known | undefined, ms: number): UserPrincipal | undefined =>
    found !== undefined && clock.monotonicMs() - found.atMs < ms ? found.user : undefined;

  const remember = (key: string, answer: Known): void => {
    known.delete(key);
    known.set(key, answer);
    const [oldest] = known.keys();
    if (known.size > mostRemembered && oldest !== undefined) known.delete(oldest);
  };

  const ask = async (token: string): Promise<UserPrincipal> => {
    const headers = { authorization: `Bearer ${token}` };
    const me = await systemManager.request({ path: "/api/auth/me", headers, schema: WhoAmI });
    return { kind: "user", name: me.name, roles: me.roles, organization: me.organization };
  };

  return {
    authenticate: async (headers) => {
      const token = bearerToken(headers);
      if (token === undefined) throw errors.unauthenticated("Missing authentication token");
      const key = hashToken(token);
      const found = known.get(key);
      const fresh = believed(found, freshMs);
      if (fresh !== undefined) return fresh;
      const atMs = clock.monotonicMs();
      try {
        const user = await ask(token);
        remember(key, { user, atMs });
        return user;
      } catch (cause) {
        if (cause instanceof HttpError && cause.status < 500) {
          known.delete(key);
          throw errors.unauthenticated("The token is not valid");
        }
        const stale = believed(found, staleMs);
        if (stale !== undefined) return stale;
        throw errors.unavailable({ detail: "Nobody can tell whose token this is", cause });
      }
    },
  };
}
