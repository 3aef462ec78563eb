import { isDuplicateKey } from "@oak/kit";
import type { Db } from "mongodb";
import type { KeyPair, SigningKeys } from "../ports/signing-keys.ts";
import { collectionsOf } from "./documents.ts";

const only = "rs256";

/** The key pair in MongoDB; the unique id makes the first of several replicas win. */
export function createSigningKeyStore(db: () => Db): SigningKeys {
  const keys = () => collectionsOf(db()).signingKeys;
  const find = async (): Promise<KeyPair | undefined> => {
    const found = await keys().findOne({ _id: only });
    if (found === null) return undefined;
    return { privateKey: found.private_key, publicKey: found.public_key };
  };
  return {
    find,
    storeFirst: async ({ privateKey, publicKey }) => {
      try {
        await keys().insertOne({ _id: only, private_key: privateKey, public_key: publicKey });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      return (await find()) ?? { privateKey, publicKey };
    },
  };
}
