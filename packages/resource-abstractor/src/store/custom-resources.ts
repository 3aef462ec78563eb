import type { CustomType } from "@oak/contracts";
import type { Filter } from "mongodb";
import type { CustomResourceStore, StoredResource } from "../ports.ts";
import type { GetCollections } from "./collections.ts";

/**
 * Collections `custom_types` and `custom_resources`. upstream gives each type a collection of its name, through which a
 * type can be called like one of the service's own; here the name is a value.
 */
export function createCustomResourceStore(collections: GetCollections): CustomResourceStore {
  const types = () => collections().custom_types;
  const resources = () => collections().custom_resources;
  return {
    types: () => types().find({}).sort({ _id: 1 }).toArray(),
    insertType: async (type: CustomType) => {
      await types().insertOne({ ...type });
    },
    removeType: async (name) => {
      // First the type, so that nothing is added behind what is being removed.
      const { deletedCount } = await types().deleteOne({ resource_type: name });
      await resources().deleteMany({ resource_type: name });
      return deletedCount > 0;
    },
    count: (type) => resources().countDocuments({ resource_type: type }),
    list: (type, conditions) => {
      const fields = conditions.map(({ path, values }) => [`data.${path}`, { $in: values }]);
      const filter: Filter<StoredResource> = {
        resource_type: type,
        ...Object.fromEntries(fields),
      };
      return resources().find(filter).sort({ _id: 1 }).toArray();
    },
    find: async (type, id) =>
      (await resources().findOne({ _id: id, resource_type: type })) ?? undefined,
    insert: async (resource) => {
      await resources().insertOne({ ...resource });
    },
    replace: async ({ _id, resource_type, rev, data }) => {
      const filter = { _id, resource_type, rev };
      const change = { $set: { data }, $inc: { rev: 1 } };
      return (await resources().updateOne(filter, change)).matchedCount > 0;
    },
    remove: async (type, id) =>
      (await resources().deleteOne({ _id: id, resource_type: type })).deletedCount > 0,
  };
}
