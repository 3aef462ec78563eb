import { migrate } from "@oak/kit";
import type { Db } from "mongodb";
import { collectionsOf } from "./documents.ts";

/** Brings the database to the schema of this release. Repeatable. */
export async function prepareDatabase(db: Db): Promise<void> {
  await migrate(db, [
    {
      version: 1,
      run: async () => {
        const { addresses, routes, clusters } = collectionsOf(db);
        // Sparse: those that are nobody's have no holder, and there are many of them.
        await addresses.createIndex({ holder: 1 }, { unique: true, sparse: true });
        await addresses.createIndex({ job_id: 1 });
        await addresses.createIndex({ cluster_id: 1 });
        await addresses.createIndex({ pool: 1, freed_at: 1 });
        await routes.createIndex({ job_id: 1 });
        await clusters.createIndex({ token_hash: 1 });
      },
    },
  ]);
}
