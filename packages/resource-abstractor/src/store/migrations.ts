import { migrate } from "@oak/kit";
import type { Db } from "mongodb";
import { newIncarnation, tierId } from "./tier.ts";

/** Brings a database to the schema of this release; repeatable, also by two processes at once. */
export async function prepareDatabase(db: Db): Promise<void> {
  await migrate(db, [
    { version: 1, run: createIndexes },
    { version: 2, run: createExtensionIndexes },
    {
      version: 3,
      run: async () => {
        await db.collection("revisions").createIndex({ job_id: 1 });
      },
    },
  ]);
  // Outside of the migration: a restore may have brought the schema record without this document.
  await db
    .collection<{ _id: string }>("tier")
    .updateOne(
      { _id: tierId },
      { $setOnInsert: { incarnation: newIncarnation(), base: 0 } },
      { upsert: true },
    );
}

async function createIndexes(db: Db): Promise<void> {
  await db.collection("candidates").createIndex({ identity_key: 1 }, { unique: true });
  await db.collection("candidates").createIndex({ candidate_name: 1 });
  await db
    .collection("apps")
    .createIndex({ userId: 1, application_name: 1, application_namespace: 1 }, { unique: true });
  await db.collection("jobs").createIndex({ job_name_key: 1 }, { unique: true });
  await db.collection("jobs").createIndex({ job_name: 1 });
  await db.collection("jobs").createIndex({ applicationID: 1 });
  await db.collection("instances").createIndex({ job_id: 1 });
  await db.collection("instances").createIndex({ child: 1 });
}

async function createExtensionIndexes(db: Db): Promise<void> {
  await db.collection("hooks").createIndex({ hook_name: 1 }, { unique: true });
  await db.collection("hooks").createIndex({ entity: 1, webhook_url: 1 }, { unique: true });
  await db.collection("hook_queue").createIndex({ hookId: 1 });
  await db.collection("custom_types").createIndex({ resource_type: 1 }, { unique: true });
  await db.collection("custom_resources").createIndex({ resource_type: 1 });
}
