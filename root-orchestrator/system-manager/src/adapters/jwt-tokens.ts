import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { TokenClaims } from "@oak/contracts";
import { type Clock, systemClock } from "@oak/kit";
import {
  decodeJwt,
  importPKCS8,
  importSPKI,
  type JWTPayload,
  errors as joseErrors,
  jwtVerify,
  SignJWT,
} from "jose";
import type { KeyPair, SigningKeys } from "../ports/signing-keys.ts";
import type { ReadToken, TokenIdentity, Tokens, TokenType } from "../ports/tokens.ts";

const algorithm = "RS256";
/** upstream: the same lifetimes. */
export const lifetimeS: Readonly<Record<TokenType, number>> = {
  access: 10 * 60,
  refresh: 7 * 24 * 60 * 60,
};

export interface JwtTokensOptions {
  keys: SigningKeys;
  clock?: Pick<Clock, "nowMs">;
  newId?: () => string;
}

/** Enough for everybody who calls in the same minutes; what falls out is only checked once more. */
const mostRemembered = 500;

/** Tokens as JSON Web Tokens; the key pair is made at the first use ever and kept in `keys`. */
export function createJwtTokens(options: JwtTokensOptions): Tokens {
  const { keys, clock = systemClock, newId = () => crypto.randomUUID() } = options;
  let loaded: ReturnType<typeof loadKeys> | undefined;
  const verified = createVerifiedTokens();
  const usableKeys = (): ReturnType<typeof loadKeys> => {
    loaded ??= loadKeys(keys);
    // A database that was away must not be remembered for ever.
    loaded.catch(() => {
      loaded = undefined;
    });
    return loaded;
  };

  return {
    sign: async (identity, type, id = newId()) => {
      const { privateKey } = await usableKeys();
      const issuedAt = Math.floor(clock.nowMs() / 1_000);
      const token = await new SignJWT(claimsOf(identity, type))
        .setProtectedHeader({ alg: algorithm, typ: "JWT" })
        .setSubject(identity.name)
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(issuedAt + lifetimeS[type])
        .setJti(id)
        .sign(privateKey);
      verified.add(token, readClaims(decodeJwt(token)));
      return token;
    },
    read: async (token, type) => {
      const { publicKey } = await usableKeys();
      const now = new Date(clock.nowMs());
      const claims = verified.claimsOf(token, now);
      return claims === undefined
        ? readToken(token, type, { publicKey, now, verified })
        : ofType(claims, type);
    },
    publicKey: async () => (await usableKeys()).publicKeyPem,
  };
}

/** upstream: the first of these; `fresh` on access tokens only. */
function claimsOf(identity: TokenIdentity, type: TokenType) {
  const { name, roles, organization, session } = identity;
  return {
    user: name,
    roles: [...roles],
    organization,
    type,
    uid: identity.id,
    gen: identity.generation,
    sid: session.id,
    ...(type === "access" ? { fresh: false } : {}),
    ...(session.isRotating ? { rotating: true } : {}),
  };
}

/**
 * Tokens whose signature was found good, or made here. The signature costs a millisecond of another thread and
 * never changes; everything else about a token is looked at each time.
 */
interface VerifiedTokens {
  /** Undefined claims are not kept: it is none of ours. */
  add(token: string, claims: TokenClaims | undefined): void;
  /** Undefined when it has to be verified: it is not known, or its time is over. */
  claimsOf(token: string, now: Date): TokenClaims | undefined;
}

function createVerifiedTokens(): VerifiedTokens {
  const known = new Map<string, TokenClaims>();
  return {
    add: (token, claims) => {
      if (claims === undefined) return;
      known.set(token, claims);
      const [oldest] = known.keys();
      if (known.size > mostRemembered && oldest !== undefined) known.delete(oldest);
    },
    claimsOf: (token, now) => {
      const claims = known.get(token);
      const nowS = Math.floor(now.getTime() / 1_000);
      const isCurrent = (claims?.exp ?? 0) > nowS && (claims?.nbf ?? 0) <= nowS;
      if (!isCurrent) known.delete(token);
      return isCurrent ? claims : undefined;
    },
  };
}

interface VerifyWith {
  publicKey: Awaited<ReturnType<typeof importSPKI>>;
  now: Date;
  verified: VerifiedTokens;
}

async function readToken(
  token: string,
  type: TokenType,
  { publicKey, now, verified }: VerifyWith,
): Promise<ReadToken> {
  try {
    const { payload } = await jwtVerify(token, publicKey, {
      algorithms: [algorithm],
      currentDate: now,
    });
    const claims = readClaims(payload);
    verified.add(token, claims);
    return ofType(claims, type);
  } catch (error) {
    if (error instanceof joseErrors.JWTExpired) return { ok: false, reason: "expired" };
    // Made here, before this clock was set back: as after an expiry, a new login is all that helps.
    if (isFromTheFuture(error)) return { ok: false, reason: "expired" };
    if (error instanceof joseErrors.JOSEError) return { ok: false, reason: "malformed" };
    throw error;
  }
}

function isFromTheFuture(error: unknown): boolean {
  return error instanceof joseErrors.JWTClaimValidationFailed && error.claim === "nbf";
}

function readClaims(payload: JWTPayload): TokenClaims | undefined {
  return TokenClaims.safeParse(payload).data;
}

function ofType(claims: TokenClaims | undefined, type: TokenType): ReadToken {
  return claims?.type === type ? { ok: true, claims } : { ok: false, reason: "malformed" };
}

async function loadKeys(keys: SigningKeys) {
  const pair = (await keys.find()) ?? (await keys.storeFirst(await newKeyPair()));
  return {
    privateKey: await importPKCS8(pair.privateKey, algorithm),
    publicKey: await importSPKI(pair.publicKey, algorithm),
    publicKeyPem: pair.publicKey,
  };
}

async function newKeyPair(): Promise<KeyPair> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { publicKey, privateKey };
}
