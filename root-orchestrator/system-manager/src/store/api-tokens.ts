import { isDuplicateKey } from "@oak/kit";
import type { Db } from "mongodb";
import type { ApiToken, ApiTokens } from "../ports/api-tokens.ts";
import { type ApiTokenDocument, collectionsOf } from "./documents.ts";
import { createMemory } from "./memory.ts";

/** Tokens of machines in MongoDB, by their hash. */
export function createApiTokenStore(db: () => Db, monotonicMs: () => number): ApiTokens {
  const tokens = () => collectionsOf(db()).apiTokens;
  const memory = createMemory<ApiToken>({ monotonicMs });
  const forgetting = async <T>(change: Promise<T>): Promise<T> => {
    try {
      return await change;
    } finally {
      memory.forgetAll();
    }
  };
  const read = async (tokenHash: string): Promise<ApiToken | undefined> => {
    const found = await tokens().findOne({ token_hash: tokenHash });
    return found === null ? undefined : fromDocument(found);
  };

  return {
    list: async (userId) => {
      const found = await tokens().find({ user_id: userId }).sort({ created_at: 1 }).toArray();
      return found.map(fromDocument);
    },
    create: async (token) => {
      try {
        await tokens().insertOne(toDocument(token));
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    remove: async (id, userId) => {
      const { deletedCount } = await forgetting(tokens().deleteOne({ _id: id, user_id: userId }));
      return deletedCount === 1;
    },
    removeOf: async (userId) => {
      await forgetting(tokens().deleteMany({ user_id: userId }));
    },
    findByHash: async (tokenHash) =>
      memory.recall(tokenHash) ?? memory.learn(() => read(tokenHash), hashOf),
    used: async (id, at) => {
      await tokens().updateOne({ _id: id }, { $max: { last_used_at: at } });
    },
    removeExpired: async (before) => {
      await tokens().deleteMany({ expires_at: { $lt: before } });
    },
  };
}

const hashOf = ({ tokenHash }: ApiToken): string => tokenHash;

function toDocument(token: ApiToken): ApiTokenDocument {
  return {
    _id: token.id,
    user_id: token.userId,
    user_name: token.userName,
    organization_id: token.organization,
    name: token.name,
    token_hash: token.tokenHash,
    scopes: token.scopes,
    created_at: token.createdAt,
    ...(token.expiresAt === null ? {} : { expires_at: token.expiresAt }),
    ...(token.lastUsedAt === null ? {} : { last_used_at: token.lastUsedAt }),
  };
}

function fromDocument(document: ApiTokenDocument): ApiToken {
  return {
    id: document._id,
    userId: document.user_id,
    userName: document.user_name,
    organization: document.organization_id,
    name: document.name,
    tokenHash: document.token_hash,
    scopes: document.scopes,
    createdAt: document.created_at,
    expiresAt: document.expires_at ?? null,
    lastUsedAt: document.last_used_at ?? null,
  };
}
