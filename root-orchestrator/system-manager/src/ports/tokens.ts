import type { TokenClaims } from "@oak/contracts";

/** Whom a token stands for. */
export interface TokenIdentity {
  name: string;
  roles: readonly string[];
  /** id of the organization */
  organization: string;
}

export type TokenType = TokenClaims["type"];

/** Why a token is not taken. `malformed` covers a wrong signature and a token of the other type. */
export type ReadToken =
  | { ok: true; claims: TokenClaims }
  | { ok: false; reason: "expired" | "malformed" };

/** Makes and reads the tokens of users. */
export interface Tokens {
  sign(identity: TokenIdentity, type: TokenType): Promise<string>;
  read(token: string, type: TokenType): Promise<ReadToken>;
  /** PEM, SubjectPublicKeyInfo. */
  publicKey(): Promise<string>;
}
