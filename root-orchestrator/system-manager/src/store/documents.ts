import type { Id, Scope } from "@oak/contracts";
import type { Db } from "mongodb";
import type { MailSettings } from "../ports/mail.ts";

/** Collection `users`. upstream: names of the fields, `password` being the hash. */
export interface UserDocument {
  _id: Id;
  name: string;
  email: string;
  password: string;
  created_at: string;
  /** absent: 0 */
  generation?: number;
}

/** Collection `organizations`. upstream: names of the fields. */
export interface OrganizationDocument {
  _id: Id;
  name: string;
  member: { user_id: Id; roles: string[] }[];
  /** absent in those of older releases */
  rev?: number;
}

/** Collection `signing_keys`; there is one pair, under a fixed id. */
export interface SigningKeyDocument {
  _id: string;
  private_key: string;
  public_key: string;
}

/** Collection `secrets`: what was made at the first start and must stay the same. */
export interface SecretDocument {
  _id: string;
  value: string;
}

/** Collection `cluster_credentials`, keyed by the cluster's name. */
export interface ClusterCredentialDocument {
  _id: string;
  cluster_id: Id;
  token_hash: string;
  session: number;
}

/** Collection `sessions`: those that have ended, and those whose refresh tokens change. */
export interface SessionDocument {
  _id: string;
  is_ended: boolean;
  /** `jti` of the good refresh token */
  current?: string;
  /** Unix seconds */
  expires_at: number;
}

/** Collection `api_tokens`: of machines, by the SHA-256 of the token. Times are Unix seconds. */
export interface ApiTokenDocument {
  _id: Id;
  user_id: Id;
  user_name: string;
  organization_id: Id;
  name: string;
  token_hash: string;
  scopes: Scope[];
  created_at: number;
  /** absent: never */
  expires_at?: number;
  last_used_at?: number;
}

/** Collection `password_resets`, by the SHA-256 of the token in the mail. */
export interface PasswordResetDocument {
  _id: string;
  user_id: Id;
  /** Unix seconds */
  expires_at: number;
}

/** Collection `settings`; the mail service is under the id `mail`. */
export interface SettingsDocument extends MailSettings {
  _id: string;
}

/** The collections of the system-manager. */
export function collectionsOf(db: Db) {
  return {
    users: db.collection<UserDocument>("users"),
    organizations: db.collection<OrganizationDocument>("organizations"),
    signingKeys: db.collection<SigningKeyDocument>("signing_keys"),
    secrets: db.collection<SecretDocument>("secrets"),
    sessions: db.collection<SessionDocument>("sessions"),
    apiTokens: db.collection<ApiTokenDocument>("api_tokens"),
    passwordResets: db.collection<PasswordResetDocument>("password_resets"),
    settings: db.collection<SettingsDocument>("settings"),
    clusterCredentials: db.collection<ClusterCredentialDocument>("cluster_credentials"),
  };
}
