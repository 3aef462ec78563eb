import type { Candidate, InstanceKey } from "@oak/contracts";
import { type ChangeFeed, fp, isDuplicateKey } from "@oak/kit";
import type { Filter, UpdateFilter } from "mongodb";
import { identityKeyOf } from "../domain/candidate-body.ts";
import type { CandidateFilter, CandidateStore } from "../ports.ts";
import { announce } from "./announce.ts";
import { type CandidateMemory, createCandidateMemory } from "./candidate-memory.ts";
import { createBulkUpdate, updateOf } from "./candidate-update.ts";
import { type CandidateDocument, type GetCollections, withoutCharts } from "./collections.ts";

export interface CandidateStoreDeps {
  collections: GetCollections;
  feed: Pick<ChangeFeed, "touch">;
}

const withoutKey = { identity_key: 0 } as const;
const slim = { ...withoutKey, ...withoutCharts } as const;

/** Collection `candidates`. */
export function createCandidateStore({ collections, feed }: CandidateStoreDeps): CandidateStore {
  const candidates = () => collections().candidates;
  const memory = createCandidateMemory();
  const update = async (
    id: string,
    filter: Filter<CandidateDocument>,
    change: UpdateFilter<CandidateDocument>,
  ): Promise<Candidate | undefined> => {
    const options = { returnDocument: "after", projection: slim } as const;
    const stored = await announce<Candidate | null>(
      feed,
      id,
      candidates().findOneAndUpdate(filter, change, options),
    );
    if (stored === null) return undefined;
    memory.follow(stored);
    return stored;
  };

  return {
    all: () => candidates().find({}, { projection: slim }).toArray(),
    byIds: (ids) =>
      candidates()
        .find({ _id: { $in: [...ids] } }, { projection: slim })
        .toArray(),
    list: (filter, { charts }) =>
      candidates()
        .find(indexed(filter), { projection: charts ? withoutKey : slim })
        .toArray(),
    find: async (id, { charts }) => {
      const projection = charts ? withoutKey : slim;
      const found: Candidate | null = await candidates().findOne({ _id: id }, { projection });
      if (found === null) return undefined;
      if (!charts) memory.learn(found);
      return found;
    },
    recall: memory.get,
    places: (ids) =>
      candidates()
        .find({ _id: { $in: [...ids] } }, { projection: { candidate_location: 1, ip: 1 } })
        .toArray(),
    insert: async (candidate) => {
      const document = { ...candidate, identity_key: identityKeyOf(candidate) };
      await announce(feed, candidate._id, candidates().insertOne(document));
    },
    upsert: async (change, initial) => {
      const stored = await repeatedOnce(() =>
        candidates().findOneAndUpdate(
          { identity_key: identityKeyOf(change.fields) },
          { ...updateOf(change), $setOnInsert: initial },
          { upsert: true, returnDocument: "after", projection: slim },
        ),
      );
      if (stored === null) throw new Error("An upsert answered no document");
      feed.touch(stored._id);
      memory.follow(stored);
      return stored;
    },
    update: (id, change) => update(id, { _id: id }, updateOf(change)),
    updateVersion: (read, change) => {
      const identity = { identity_key: identityKeyOf({ ...read, ...change.fields }) };
      const fields = { ...change.fields, ...identity };
      return update(read._id, { _id: read._id, rev: read.rev }, updateOf({ ...change, fields }));
    },
    updateAll: createBulkUpdate({ collections, feed, memory }),
    remove: async (id) => {
      const { deletedCount } = await announce(feed, id, candidates().deleteOne({ _id: id }));
      memory.forget(id);
      return deletedCount > 0;
    },
    setHolds: createHoldWrite({ collections, feed, memory }),
  };
}

/** Capacity and the counter of wants: everything that the placer writes, in one operation. */
function createHoldWrite({
  collections,
  feed,
  memory,
}: CandidateStoreDeps & { memory: CandidateMemory }): CandidateStore["setHolds"] {
  return async (after, keys) => {
    const { _id: id, rev, want_rev } = after;
    const set: Record<string, unknown> = { want_rev };
    const unset: Record<string, ""> = {};
    for (const key of keys) {
      const hold = after.holds[key];
      if (hold === undefined) unset[holdPath(key)] = "";
      else set[holdPath(key)] = hold;
    }
    const change = {
      $set: set,
      $inc: { rev: 1 },
      ...(Object.keys(unset).length === 0 ? {} : { $unset: unset }),
    };
    const written = collections().candidates.updateOne({ _id: id, rev }, change);
    const isStored = await announce(
      feed,
      id,
      written.then(({ matchedCount }) => matchedCount > 0),
    );
    if (!isStored) {
      memory.forget(id);
      return false;
    }
    for (const key of keys) {
      const isHeld = after.holds[key] !== undefined;
      fp(isHeld ? "abstractor.hold_stored" : "abstractor.hold_dropped", key);
    }
    memory.learn({ ...after, rev: rev + 1 });
    return true;
  };
}

/** A node id is looked up by the identity that follows from it, which has an index. */
function indexed(filter: CandidateFilter): Filter<CandidateDocument> {
  const { node_id } = filter;
  return node_id === undefined ? filter : { ...filter, identity_key: identityKeyOf({ node_id }) };
}

/** A key has a slash and no dot, so it is one step of a path. */
function holdPath(key: InstanceKey): `holds.${string}` {
  return `holds.${key}`;
}

/** Two upserts of one new identity can both decide to insert; the slower one finds it the second time. */
async function repeatedOnce<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return write();
  }
}
