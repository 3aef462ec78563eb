import type { GetCollections } from "./collections.ts";

/** Secrets that this cluster made for itself and must be able to show again. */
export interface SecretStore {
  /** The stored value; `make()` when there is none. Of two first callers both get the same. */
  getOrCreate(name: string, make: () => string): Promise<{ value: string; isNew: boolean }>;
}

export function createSecretStore(collections: GetCollections): SecretStore {
  return {
    getOrCreate: async (name, make) => {
      const proposed = make();
      const stored = await collections().secrets.findOneAndUpdate(
        { _id: name },
        { $setOnInsert: { value: proposed } },
        { upsert: true, returnDocument: "after" },
      );
      if (stored === null) throw new Error("An upsert answered no document");
      return { value: stored.value, isNew: stored.value === proposed };
    },
  };
}
