import type { Instance, SeenWrite } from "@oak/contracts";
import type { AnyBulkWriteOperation, Filter, UpdateFilter } from "mongodb";
import type { ChangeFeed } from "../domain/change-feed.ts";
import { chartPoints } from "../domain/chart.ts";
import {
  isSameReport,
  type ObservationOrder,
  type ObservationStep,
  type ObservedInstance,
  observationSteps,
} from "../domain/observation.ts";
import type { InstanceStore } from "../ports.ts";
import { announce } from "./announce.ts";
import { chartPush } from "./chart-push.ts";
import { type GetCollections, withoutCharts } from "./collections.ts";

export interface InstanceStoreDeps {
  collections: GetCollections;
  feed: Pick<ChangeFeed, "touch">;
}

type Slim = Omit<Instance, "cpu_history" | "memory_history">;

/** Collection `instances`. */
export function createInstanceStore({ collections, feed }: InstanceStoreDeps): InstanceStore {
  const instances = () => collections().instances;
  const slim = async (filter: Filter<Instance>): Promise<Instance[]> => {
    const found = await instances().find<Slim>(filter, { projection: withoutCharts }).toArray();
    return found.map(withEmptyCharts);
  };

  return {
    all: () => slim({}),
    byIds: (ids) => slim({ _id: { $in: [...ids] } }),
    list: (filter) => slim({ ...filter }),
    ofJobs: (jobIds, { charts }) => {
      const filter = { job_id: { $in: [...jobIds] } };
      return charts ? instances().find(filter).toArray() : slim(filter);
    },
    find: async (id) => (await instances().findOne({ _id: id })) ?? undefined,
    versionOf: async (id) =>
      (await instances().findOne({ _id: id }, { projection: { rev: 1 } }))?.rev,
    insert: async (instance) => {
      await announce(feed, instance._id, instances().insertOne(instance));
    },
    update: async (id, version, fields) => {
      const stored = await announce(
        feed,
        id,
        instances().findOneAndUpdate(
          { _id: id, rev: version },
          { $set: fields, $inc: { rev: 1 } },
          { returnDocument: "after", projection: withoutCharts },
        ),
      );
      return stored === null ? undefined : withEmptyCharts(stored);
    },
    remove: (id, version) =>
      announce(
        feed,
        id,
        instances()
          .deleteOne({ _id: id, rev: version })
          .then((result) => result.deletedCount > 0),
      ),
    ...createObservationWrites({ collections, feed }),
  };
}

function withEmptyCharts(document: Slim): Instance {
  return { ...document, cpu_history: [], memory_history: [] };
}

/** `seen` and the charts: what report intake writes, without touching `rev`. */
function createObservationWrites({
  collections,
  feed,
}: InstanceStoreDeps): Pick<InstanceStore, "observe" | "observeAll"> {
  const instances = () => collections().instances;
  const apply = async (item: ObservedInstance, step: "merge" | "replace"): Promise<boolean> => {
    const { filter, update } = observationWrite(item, step);
    const result = instances().updateOne(filter, update);
    return announce(
      feed,
      item._id,
      result.then(({ matchedCount }) => matchedCount > 0),
    );
  };
  const ordersOf = async (ids: readonly string[]) => {
    const found = await instances()
      .find<{ _id: string; seen?: ObservationOrder }>(
        { _id: { $in: [...ids] } },
        { projection: orderFields },
      )
      .toArray();
    // A projection into null leaves the field out.
    return new Map(found.map(({ _id, seen }) => [_id, seen ?? null]));
  };

  return {
    // Most reports speak of the pair that is stored, so that form is tried first.
    observe: async (id, seen) =>
      (await apply({ _id: id, seen }, "merge")) || apply({ _id: id, seen }, "replace"),
    observeAll: async (items) => {
      const ids = [...new Set(items.map((item) => item._id))];
      const steps = observationSteps(await ordersOf(ids), items);
      const writes = items.flatMap((item, i) => bulkOperation(item, steps[i]));
      if (writes.length === 0) return items.map(() => false);
      const { matchedCount } = await instances()
        .bulkWrite(writes)
        .finally(() => {
          for (const [i, item] of items.entries()) if (steps[i] !== "stale") feed.touch(item._id);
        });
      if (matchedCount === writes.length) return steps.map((step) => step !== "stale");
      // Somebody wrote in between: what is stored now says which of ours got through.
      const stored = await ordersOf(ids);
      return items.map(({ _id, seen }) => isSameReport(stored.get(_id) ?? null, seen));
    },
  };
}

const orderFields = {
  "seen.epoch": 1,
  "seen.placement": 1,
  "seen.session": 1,
  "seen.seq": 1,
} as const;

function bulkOperation(
  item: ObservedInstance,
  step: ObservationStep | undefined,
): AnyBulkWriteOperation<Instance>[] {
  return step === undefined || step === "stale"
    ? []
    : [{ updateOne: observationWrite(item, step) }];
}

/**
 * The write of one report, guarded by its order so that it is right whatever came before it.
 * `observationStep` states the same rule for plain data.
 */
function observationWrite(
  { _id, seen }: ObservedInstance,
  step: "merge" | "replace",
): { filter: Filter<Instance>; update: UpdateFilter<Instance> } {
  const { epoch, placement, session, seq } = seen;
  const points = chartPush(chartPoints(seen, seen.at * 1000));
  if (step === "replace") {
    const isOlderPair = [
      { seen: null },
      { "seen.epoch": { $lt: epoch } },
      { "seen.epoch": epoch, "seen.placement": { $lt: placement } },
    ];
    return { filter: { _id, $or: isOlderPair }, update: { $set: { seen }, ...points } };
  }
  const isNewer = [
    { "seen.session": { $lt: session } },
    { "seen.session": session, "seen.seq": { $lt: seq } },
  ];
  const filter = { _id, "seen.epoch": epoch, "seen.placement": placement, $or: isNewer };
  return { filter, update: { ...mergedInto(seen), ...points } };
}

/** Field by field, so that what this report leaves out stays; but a reason belongs to its status alone. */
function mergedInto(seen: SeenWrite): UpdateFilter<Instance> {
  const fields = Object.entries(seen).map(([key, value]) => [`seen.${key}`, value]);
  return {
    $set: Object.fromEntries(fields),
    ...(seen.reason === undefined ? { $unset: { "seen.reason": "" } } : {}),
  };
}
