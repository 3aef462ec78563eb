import type { Candidate, InstanceKey } from "@oak/contracts";
import { isDuplicateKey } from "@oak/kit";
import type { Filter, UpdateFilter } from "mongodb";
import { type CandidateChange, identityKeyOf } from "../domain/candidate-body.ts";
import type { ChangeFeed } from "../domain/change-feed.ts";
import type { CandidateFilter, CandidateStore } from "../ports.ts";
import { announce } from "./announce.ts";
import { chartPush } from "./chart-push.ts";
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
  const update = (
    id: string,
    filter: Filter<CandidateDocument>,
    change: UpdateFilter<CandidateDocument>,
  ): Promise<Candidate | undefined> =>
    announce(
      feed,
      id,
      candidates().findOneAndUpdate(filter, change, { returnDocument: "after", projection: slim }),
    ).then(asFound);

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
      return asFound(await candidates().findOne({ _id: id }, { projection }));
    },
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
          { ...changing(change), $setOnInsert: initial },
          { upsert: true, returnDocument: "after", projection: slim },
        ),
      );
      if (stored === null) throw new Error("An upsert answered no document");
      feed.touch(stored._id);
      return stored;
    },
    update: (id, change) => update(id, { _id: id }, changing(change)),
    updateVersion: (read, change) => {
      const identity = { identity_key: identityKeyOf({ ...read, ...change.fields }) };
      const fields = { ...change.fields, ...identity };
      return update(read._id, { _id: read._id, rev: read.rev }, changing({ ...change, fields }));
    },
    remove: async (id) => {
      const { deletedCount } = await announce(feed, id, candidates().deleteOne({ _id: id }));
      return deletedCount > 0;
    },
    ...createHoldWrites({ collections, feed }),
  };
}

/** Capacity and the counter of wants: everything that the placer writes. */
function createHoldWrites({
  collections,
  feed,
}: CandidateStoreDeps): Pick<CandidateStore, "setHolds" | "dropHold" | "countWant"> {
  const candidates = () => collections().candidates;
  const changed = async (
    id: string,
    filter: Filter<CandidateDocument>,
    change: UpdateFilter<CandidateDocument>,
  ): Promise<boolean> => {
    const result = candidates()
      .updateOne(filter, change)
      .then((r) => r.matchedCount > 0);
    return announce(feed, id, result);
  };

  return {
    setHolds: (read, granted) => {
      const fields: Record<string, unknown> = { want_rev: granted.at(-1)?.wantRev };
      for (const { key, hold } of granted) fields[holdPath(key)] = hold;
      const filter = { _id: read._id, rev: read.rev };
      return changed(read._id, filter, { $set: fields, $inc: { rev: 1 } });
    },
    dropHold: (id, key, { epoch, placement }) => {
      const path = holdPath(key);
      const isCovered = [
        { [`${path}.epoch`]: { $lt: epoch } },
        { [`${path}.epoch`]: epoch, [`${path}.placement`]: { $lte: placement } },
      ];
      const filter = { _id: id, $or: isCovered };
      return changed(id, filter, { $unset: { [path]: "" }, $inc: { rev: 1 } });
    },
    countWant: async (id, base) => {
      const counted = async (filter: Filter<CandidateDocument>, from: object) => {
        const found = await announce(
          feed,
          id,
          candidates().findOneAndUpdate(filter, from, {
            returnDocument: "after",
            projection: { want_rev: 1 },
          }),
        );
        return found?.want_rev;
      };
      // The second form is for the first count after a renewal; by then nobody counts below the base.
      return (
        (await counted({ _id: id, want_rev: { $gte: base } }, { $inc: { want_rev: 1, rev: 1 } })) ??
        (await counted(
          { _id: id, want_rev: { $lt: base } },
          { $set: { want_rev: base + 1 }, $inc: { rev: 1 } },
        )) ??
        (await counted({ _id: id, want_rev: { $gte: base } }, { $inc: { want_rev: 1, rev: 1 } }))
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

function changing({ fields, points }: CandidateChange): UpdateFilter<CandidateDocument> {
  return { $set: fields, $inc: { rev: 1 }, ...chartPush(points) };
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

function asFound<T>(document: T | null): T | undefined {
  return document ?? undefined;
}
