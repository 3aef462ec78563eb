import type { Job } from "@oak/contracts";
import type { ChangeFeed } from "@oak/kit";
import type { Filter } from "mongodb";
import type { JobStore } from "../ports.ts";
import { announce } from "./announce.ts";
import type { GetCollections, JobDocument } from "./collections.ts";

export interface JobStoreDeps {
  collections: GetCollections;
  feed: Pick<ChangeFeed, "touch">;
}

/** Never taken out of a document, whoever asks. */
const OWN_KEYS: ReadonlySet<string> = new Set(["_id", "rev"]);

/** Collection `jobs`. */
export function createJobStore({ collections, feed }: JobStoreDeps): JobStore {
  const jobs = () => collections().jobs;
  return {
    all: () => jobs().find({}).toArray(),
    byIds: (ids) =>
      jobs()
        .find({ _id: { $in: [...ids] } })
        .toArray(),
    list: ({ ids, ...rest }) => {
      const filter: Filter<JobDocument> = { ...rest };
      if (ids !== undefined) filter._id = { $in: [...ids] };
      return jobs().find(filter).toArray();
    },
    find: async (id) => (await jobs().findOne({ _id: id })) ?? undefined,
    versionOf: async (id) => (await jobs().findOne({ _id: id }, { projection: { rev: 1 } }))?.rev,
    insert: async (job) => {
      await announce(feed, job._id, jobs().insertOne(job));
    },
    upsert: async (id, { set, initial, unset }) => {
      const stored = await announce<Job | null>(
        feed,
        id,
        jobs().findOneAndUpdate(
          { _id: id },
          {
            $set: set,
            $setOnInsert: initial,
            $inc: { rev: 1 },
            ...unsetting(unset, { ...set, ...initial }),
          },
          { upsert: true, returnDocument: "after" },
        ),
      );
      if (stored === null) throw new Error("An upsert answered no document");
      return stored;
    },
    update: async ({ id, version }, { fields, unset }) => {
      const filter = version === undefined ? { _id: id } : { _id: id, rev: version };
      const stored = await announce(
        feed,
        id,
        jobs().findOneAndUpdate(
          filter,
          { $set: fields, $inc: { rev: 1 }, ...unsetting(unset, fields) },
          { returnDocument: "after" },
        ),
      );
      return stored ?? undefined;
    },
    remove: async (id) =>
      (await announce(feed, id, jobs().findOneAndDelete({ _id: id }))) ?? undefined,
  };
}

/** The database refuses to set and unset one key in one update, and an empty `$unset`. */
function unsetting(
  keys: readonly string[],
  fields: Record<string, unknown>,
): { $unset?: Record<string, ""> } {
  const gone = keys.filter((key) => !OWN_KEYS.has(key) && !Object.hasOwn(fields, key));
  if (gone.length === 0) return {};
  return { $unset: Object.fromEntries(gone.map((key): [string, ""] => [key, ""])) };
}
