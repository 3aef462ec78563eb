import { migrate } from "@oak/kit";
import type { Db } from "mongodb";
import { collectionsOf } from "./documents.ts";

/** Brings the database to the schema of this release. Repeatable. */
export async function prepareDatabase(db: Db): Promise<void> {
  await migrate(db, [
    {
      version: 1,
      run: async () => {
        const { users, organizations, clusterCredentials } = collectionsOf(db);
        await users.createIndex({ name: 1 }, { unique: true });
        await organizations.createIndex({ name: 1 }, { unique: true });
        await clusterCredentials.createIndex({ token_hash: 1 }, { unique: true });
      },
    },
    {
      version: 2,
      run: async () => {
        const { sessions, apiTokens, passwordResets } = collectionsOf(db);
        await passwordResets.createIndex({ user_id: 1 });
        await passwordResets.createIndex({ expires_at: 1 });
        await sessions.createIndex({ expires_at: 1 });
        await apiTokens.createIndex({ token_hash: 1 }, { unique: true });
        await apiTokens.createIndex({ user_id: 1, name: 1 }, { unique: true });
      },
    },
  ]);
}
