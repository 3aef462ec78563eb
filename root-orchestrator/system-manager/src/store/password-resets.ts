import type { Db } from "mongodb";
import type { PasswordResets } from "../ports/password-resets.ts";
import { collectionsOf } from "./documents.ts";

export function createPasswordResetStore(db: () => Db): PasswordResets {
  const resets = () => collectionsOf(db()).passwordResets;
  return {
    create: async ({ tokenHash, userId, expiresAt }) => {
      await resets().insertOne({ _id: tokenHash, user_id: userId, expires_at: expiresAt });
    },
    find: async (tokenHash) => {
      const found = await resets().findOne({ _id: tokenHash });
      if (found === null) return undefined;
      return { tokenHash, userId: found.user_id, expiresAt: found.expires_at };
    },
    take: async (tokenHash) => (await resets().deleteOne({ _id: tokenHash })).deletedCount === 1,
    removeOf: async (userId) => {
      await resets().deleteMany({ user_id: userId });
    },
    removeExpired: async (now) => {
      await resets().deleteMany({ expires_at: { $lt: now } });
    },
  };
}
