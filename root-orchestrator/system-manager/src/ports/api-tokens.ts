import type { Id, Scope } from "@oak/contracts";

/** A token of a machine, without the token itself. Times are Unix seconds. */
export interface ApiToken {
  id: Id;
  userId: Id;
  userName: string;
  /** The one in which it was made; it counts in no other. */
  organization: Id;
  name: string;
  tokenHash: string;
  scopes: Scope[];
  createdAt: number;
  /** null: never */
  expiresAt: number | null;
  lastUsedAt: number | null;
}

/** All methods reject when the database cannot be reached. */
export interface ApiTokens {
  list(userId: Id): Promise<ApiToken[]>;
  /** False when the user has one of that name. */
  create(token: ApiToken): Promise<boolean>;
  /** False when the user has no such token. */
  remove(id: Id, userId: Id): Promise<boolean>;
  removeOf(userId: Id): Promise<void>;
  /** As it was a moment ago; what this process removes counts at once. */
  findByHash(tokenHash: string): Promise<ApiToken | undefined>;
  used(id: Id, at: number): Promise<void>;
  removeExpired(before: number): Promise<void>;
}
