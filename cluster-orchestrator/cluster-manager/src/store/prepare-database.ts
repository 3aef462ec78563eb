import { migrate } from "@oak/kit";
import type { Db } from "mongodb";

/** Brings a database to the schema of this release; repeatable, also by two processes at once. */
export async function prepareDatabase(db: Db): Promise<void> {
  await migrate(db, [{ version: 1, run: createIndexes }]);
}

async function createIndexes(db: Db): Promise<void> {
  await db.collection("worker_credentials").createIndex({ worker_id: 1 }, { unique: true });
}
