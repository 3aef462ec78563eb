import { DUPLICATE_KEY, isDuplicateKey } from "@oak/kit";
import type { Collection, Db, Filter } from "mongodb";
import type { Condition, EventQuery, StoredEvent } from "../domain/events/event-query.ts";
import type { EventStore } from "../ports/event-store.ts";

/** Collection `events`; the id is the key, in whose order they are read. */
type EventDocument = Omit<StoredEvent, "id"> & { _id: number };

/** Events in MongoDB. `db` is asked each time, since it exists after its start only. */
export function createEventStore(db: () => Db): EventStore {
  const events = (): Collection<EventDocument> => db().collection<EventDocument>("events");
  const firstFew = (upTo: number, limit: number) =>
    events()
      .find({ _id: { $gt: 0, $lte: upTo } }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();

  return {
    prepare: async () => {
      for (const field of ["owner", "organization_id", "application_id", "service_id"]) {
        await events().createIndex({ [field]: 1, _id: 1 });
      }
    },
    append: async (added) => {
      if (added.length === 0) return;
      try {
        await events().insertMany(added.map(toDocument), { ordered: false });
      } catch (error) {
        // An earlier try, of which the answer was lost, has stored them.
        if (!isOnlyDuplicates(error)) throw error;
      }
    },
    repeat: async (repetitions) => {
      if (repetitions.length === 0) return;
      await events().bulkWrite(
        repetitions.map(({ id, ...changed }) => ({
          updateOne: { filter: { _id: id }, update: { $set: changed } },
        })),
        { ordered: false },
      );
    },
    find: async (query, { after = 0, before, order, limit }) => {
      const ids = { $gt: after, ...(before === undefined ? {} : { $lt: before }) };
      const found = await events()
        .find({ ...toFilter(query), _id: ids })
        .sort({ _id: order === "newest" ? -1 : 1 })
        .limit(limit)
        .toArray();
      return found.map(({ _id, ...event }) => ({ id: _id, ...event }));
    },
    countOf: (query, { after, atMost }) =>
      events().countDocuments({ ...toFilter(query), _id: { $gt: after } }, { limit: atMost }),
    newestId: async () => {
      const [newest] = await events()
        .find({ _id: { $gt: 0 } }, { projection: { _id: 1 } })
        .sort({ _id: -1 })
        .limit(1)
        .toArray();
      return newest?._id ?? 0;
    },
    count: () => events().estimatedDocumentCount(),
    removeOldest: async (upTo, atMost) => {
      const last = (await firstFew(upTo, atMost)).at(-1);
      if (last === undefined) return 0;
      return (await events().deleteMany({ _id: { $gt: 0, $lte: last._id } })).deletedCount;
    },
  };
}

function isOnlyDuplicates(error: unknown): boolean {
  const faults: unknown = error instanceof Error ? Reflect.get(error, "writeErrors") : undefined;
  if (!Array.isArray(faults)) return isDuplicateKey(error);
  return (
    faults.length > 0 && faults.every(({ code }: { code?: unknown }) => code === DUPLICATE_KEY)
  );
}

function toDocument({ id, ...event }: StoredEvent): EventDocument {
  return { _id: id, ...event };
}

function toFilter({ all, any }: EventQuery): Filter<EventDocument> {
  return {
    ...conjunction(all),
    ...(any === undefined ? {} : { $or: any.map((list) => conjunction(list)) }),
  };
}

/** A field that is asked for twice needs both, which only `$and` says. */
function conjunction(conditions: readonly Condition[]): Filter<EventDocument> {
  const single = conditions.map(({ field, oneOf }): Filter<EventDocument> => {
    const [only = null] = oneOf;
    return { [field]: oneOf.length === 1 ? only : { $in: [...oneOf] } };
  });
  const fields = new Set(conditions.map(({ field }) => field));
  return fields.size === conditions.length ? Object.assign({}, ...single) : { $and: single };
}
