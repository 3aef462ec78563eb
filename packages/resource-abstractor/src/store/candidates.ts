import type { Candidate, InstanceKey } from "@oak/contracts";
import { fp, isDuplicateKey } from "@oak/kit";
import type { Filter, UpdateFilter } from "mongodb";
import { identityKeyOf } from "../domain/candidate-body.ts";
import type { ChangeFeed } from "../domain/change-feed.ts";
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
    exists: async (id) =>
      (await candidates().findOne({ _id: id }, { projection: { _id: 1 } })) !== null,
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
    ...createHoldWrites({ collections, feed, memory }),
  };
}

/** Capacity and the counter of wants: everything that the placer writes, one operation each. */
function createHoldWrites({
  collections,
  feed,
  memory,
}: CandidateStoreDeps & { memory: CandidateMemory }): Pick<
  CandidateStore,
  "setHolds" | "dropHold" | "countWant"
> {
  const candidates = () => collections().candidates;
  const changed = (
    id: string,
    filter: Filter<CandidateDocument>,
    change: UpdateFilter<CandidateDocument>,
  ) => {
    const options = { returnDocument: "after", projection: { rev: 1, want_rev: 1 } } as const;
    const counters = candidates().findOneAndUpdate(filter, change, options);
    return announce<Pick<Candidate, "rev" | "want_rev"> | null>(feed, id, counters);
  };
  const countFrom = async (id: string, filter: Filter<CandidateDocument>, change: object) => {
    const counted = await changed(id, { _id: id, ...filter }, change);
    if (counted === null) return undefined;
    const { rev, want_rev } = counted;
    memory.advance(id, rev, (known) => ({ ...known, want_rev }));
    return want_rev;
  };

  return {
    setHolds: async (read, after, keys) => {
      const { _id: id, rev } = read;
      const fields: Record<string, unknown> = { want_rev: after.want_rev };
      for (const key of keys) fields[holdPath(key)] = after.holds[key];
      const change = { $set: fields, $inc: { rev: 1 } };
      if ((await changed(id, { _id: id, rev }, change)) === null) {
        memory.forget(id);
        return false;
      }
      for (const key of keys) fp("abstractor.hold_stored", key);
      memory.learn({ ...after, rev: rev + 1 });
      return true;
    },
    dropHold: async (id, key, { epoch, placement }) => {
      const path = holdPath(key);
      const isCovered = [
        { [`${path}.epoch`]: { $lt: epoch } },
        { [`${path}.epoch`]: epoch, [`${path}.placement`]: { $lte: placement } },
      ];
      const change = { $unset: { [path]: "" as const }, $inc: { rev: 1 } };
      const dropped = await changed(id, { _id: id, $or: isCovered }, change);
      if (dropped === null) return false;
      fp("abstractor.hold_dropped", key);
      memory.advance(id, dropped.rev, ({ holds: { [key]: _gone, ...holds }, ...known }) => ({
        ...known,
        holds,
      }));
      return true;
    },
    countWant: async (id, base) => {
      const next = () =>
        countFrom(id, { want_rev: { $gte: base } }, { $inc: { want_rev: 1, rev: 1 } });
      const first = { $set: { want_rev: base + 1 }, $inc: { rev: 1 } };
      // The second form is for the first count after a renewal; by then nobody counts below the base.
      return (
        (await next()) ??
        (await countFrom(id, { want_rev: { $lt: base } }, first)) ??
        (await next())
      );
    },
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
