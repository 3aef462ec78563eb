import { migrate } from "@oak/kit";
import type { Db, Document } from "mongodb";
import type { RecordStore } from "../ports.ts";

/** A collection of documents that are written whole, one writer each. */
export function createRecordStore<T extends { _id: string }>(
  currentDb: () => Db,
  name: string,
): RecordStore<T> {
  const collection = () => currentDb().collection<Document & { _id: string }>(name);
  return {
    all: async () => (await collection().find({}).toArray()) as unknown as T[],
    put: async ({ _id, ...rest }) => {
      await collection().replaceOne({ _id }, rest, { upsert: true });
    },
    remove: async (id) => {
      await collection().deleteOne({ _id: id });
    },
  };
}

/** Brings the database to the schema of this release. Repeatable. */
export async function prepareDatabase(db: Db): Promise<void> {
  // Everything is found by its id; the version is what tells a later release from this one.
  await migrate(db, [{ version: 1, run: async () => {} }]);
}
