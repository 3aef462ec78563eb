import type { Id, TokenClaims } from "@oak/contracts";

/** Whom a token stands for, and which login it comes from. */
export interface TokenIdentity {
  id: Id;
  name: string;
  roles: readonly string[];
  /** id of the organization */
  organization: string;
  /** see `User.generation` */
  generation: number;
  session: TokenSession;
}

export interface TokenSession {
  id: string;
  /** Each refresh gives a new refresh token. */
  isRotating: boolean;
}

export type TokenType = TokenClaims["type"];

/** Why a token is not taken. `malformed` covers a wrong signature and a token of the other type. */
export type ReadToken =
  | { ok: true; claims: TokenClaims }
  | { ok: false; reason: "expired" | "malformed" };

/** Makes and reads the tokens of users. */
export interface Tokens {
  /** @param id what `jti` shall be, where somebody has to remember it */
  sign(identity: TokenIdentity, type: TokenType, id?: string): Promise<string>;
  read(token: string, type: TokenType): Promise<ReadToken>;
  /** PEM, SubjectPublicKeyInfo. */
  publicKey(): Promise<string>;
}
