import type { Filter } from "mongodb";
import type { ApplicationStore } from "../ports.ts";
import type { ApplicationDocument, GetCollections } from "./collections.ts";

/** Collection `apps`. */
export function createApplicationStore(collections: GetCollections): ApplicationStore {
  const apps = () => collections().apps;
  return {
    list: ({ ids, ...rest }) => {
      const filter: Filter<ApplicationDocument> = { ...rest };
      if (ids !== undefined) filter._id = { $in: [...ids] };
      return apps().find(filter).toArray();
    },
    find: async (id) => (await apps().findOne({ _id: id })) ?? undefined,
    versionOf: async (id) => (await apps().findOne({ _id: id }, { projection: { rev: 1 } }))?.rev,
    insert: async (application) => {
      await apps().insertOne(application);
    },
    update: async (id, version, fields) => {
      const filter = version === undefined ? { _id: id } : { _id: id, rev: version };
      const change = { $set: fields, $inc: { rev: 1 } };
      return (
        (await apps().findOneAndUpdate(filter, change, { returnDocument: "after" })) ?? undefined
      );
    },
    remove: async (id) => (await apps().findOneAndDelete({ _id: id })) ?? undefined,
  };
}
