import { PublicKey, TokenClaims } from "@oak/contracts";
import {
  type Authenticator,
  bearerToken,
  type Clock,
  type HttpClient,
  HttpError,
  UnreachableError,
} from "@oak/kit";
import { importSPKI, type JWTPayload, errors as joseErrors, jwtVerify } from "jose";
import { errors } from "../errors.ts";

const algorithm = "RS256";
/** A token that fits no key may be of a newer one, but not so often. */
const keyMinAgeMs = 10_000;

type Key = Awaited<ReturnType<typeof importSPKI>>;

export interface UserTokensDeps {
  /** To the system-manager, whose key signs the tokens. */
  systemManager: HttpClient;
  clock: Clock;
}

/**
 * Recognises users by the access tokens of the system-manager.
 * upstream: 401 for everything that is wrong, with these messages.
 */
export function createUserAuthenticator({ systemManager, clock }: UserTokensDeps): Authenticator {
  let known: { key: Key; atMs: number } | undefined;
  const readKey = async (): Promise<Key> => {
    try {
      const { public_key: pem } = await systemManager.request({ path: "/key", schema: PublicKey });
      const key = await importSPKI(pem, algorithm);
      known = { key, atMs: clock.monotonicMs() };
      return key;
    } catch (cause) {
      if (!(cause instanceof UnreachableError || cause instanceof HttpError)) throw cause;
      throw errors.unavailable({ detail: "The key of the tokens cannot be read", cause });
    }
  };
  const verify = async (token: string): Promise<JWTPayload> => {
    const options = { algorithms: [algorithm], currentDate: new Date(clock.nowMs()) };
    const key = known?.key ?? (await readKey());
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      const isOld = clock.monotonicMs() - (known?.atMs ?? 0) >= keyMinAgeMs;
      if (!(error instanceof joseErrors.JWSSignatureVerificationFailed) || !isOld) throw error;
      return (await jwtVerify(token, await readKey(), options)).payload;
    }
  };
  return {
    authenticate: async (headers) => {
      const token = bearerToken(headers);
      if (token === undefined) throw errors.unauthenticated("Missing authentication token");
      const payload = await verify(token).catch((error: unknown) => {
        if (!(error instanceof joseErrors.JOSEError)) throw error;
        throw errors.unauthenticated("The token is not valid");
      });
      const claims = TokenClaims.safeParse(payload);
      const isAccess = claims.success && claims.data.type === "access";
      if (!isAccess || payload["file_access_token"]) {
        throw errors.unauthenticated("Only access token allowed");
      }
      const { sub: name, roles, organization } = claims.data;
      return { kind: "user", name, roles, organization };
    },
  };
}
