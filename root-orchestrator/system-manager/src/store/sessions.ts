import { isDuplicateKey } from "@oak/kit";
import type { Db } from "mongodb";
import type { Sessions } from "../ports/sessions.ts";
import { collectionsOf } from "./documents.ts";
import { createMemory } from "./memory.ts";

/** Ended and rotating sessions in MongoDB. */
export function createSessionStore(db: () => Db, monotonicMs: () => number): Sessions {
  const sessions = () => collectionsOf(db()).sessions;
  const memory = createMemory<{ id: string; isEnded: boolean }>({ monotonicMs });
  const find: Sessions["find"] = async (id) => {
    const found = await sessions().findOne({ _id: id });
    if (found === null) return undefined;
    return {
      isEnded: found.is_ended,
      ...(found.current === undefined ? {} : { current: found.current }),
    };
  };
  const remember = (id: string, read: () => Promise<boolean>) =>
    memory.learn(async () => ({ id, isEnded: await read() }), idOf);

  return {
    find,
    hasEnded: async (id) => {
      const known =
        memory.recall(id) ?? (await remember(id, async () => (await find(id))?.isEnded ?? false));
      return known?.isEnded ?? false;
    },
    begun: (id) => void remember(id, async () => false),
    rotate: async (id, { from, to, expiresAt }) => {
      const change = { $set: { current: to, expires_at: expiresAt } };
      const { matchedCount } = await sessions().updateOne(
        { _id: id, current: from, is_ended: false },
        change,
      );
      if (matchedCount === 1) return true;
      try {
        // The first time there is no document, and the token of the login is the good one.
        await sessions().insertOne({
          _id: id,
          is_ended: false,
          current: to,
          expires_at: expiresAt,
        });
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    end: async (id, expiresAt) => {
      await sessions().updateOne(
        { _id: id },
        { $set: { is_ended: true }, $max: { expires_at: expiresAt } },
        { upsert: true },
      );
      memory.forgetAll();
    },
    removeExpired: async (now) => {
      await sessions().deleteMany({ expires_at: { $lt: now } });
    },
  };
}

const idOf = ({ id }: { id: string }): string => id;
