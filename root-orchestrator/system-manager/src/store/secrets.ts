import { isDuplicateKey, newToken, Secret } from "@oak/kit";
import type { Db } from "mongodb";
import { collectionsOf } from "./documents.ts";

/** A secret that is made once and kept. */
export interface KeptSecret {
  secret: Secret;
  /** It did not exist before: the moment to show it to the operator. */
  isNew: boolean;
}

/** Secrets that the root makes for itself at its first start. */
export interface SecretStore {
  findOrMake(name: string): Promise<KeptSecret>;
}

export function createSecretStore(db: () => Db): SecretStore {
  const secrets = () => collectionsOf(db()).secrets;
  const find = async (name: string): Promise<Secret | undefined> => {
    const found = await secrets().findOne({ _id: name });
    return found === null ? undefined : new Secret(found.value);
  };
  return {
    findOrMake: async (name) => {
      const kept = await find(name);
      if (kept !== undefined) return { secret: kept, isNew: false };
      const value = newToken();
      try {
        await secrets().insertOne({ _id: name, value });
        return { secret: new Secret(value), isNew: true };
      } catch (error) {
        // Another replica was quicker: its secret is the one that everybody knows.
        const theirs = isDuplicateKey(error) ? await find(name) : undefined;
        if (theirs === undefined) throw error;
        return { secret: theirs, isNew: false };
      }
    },
  };
}
