import type { Instance, InstanceKey, SeenWrite } from "@oak/contracts";
import { type ChangeFeed, fp } from "@oak/kit";
import type { AnyBulkWriteOperation, Filter, UpdateFilter } from "mongodb";
import { chartPoints } from "../domain/chart.ts";
import {
  isSameReport,
  type ObservationOrder,
  type ObservationStep,
  type ObservedInstance,
  observationSteps,
} from "../domain/observation.ts";
import { errors } from "../errors.ts";
import type { InstanceStore } from "../ports.ts";
import { chartPush } from "./chart-push.ts";
import type { GetCollections } from "./collections.ts";
import type { KnownOrder, OrderMemory } from "./order-memory.ts";

export interface ObservationWriteDeps {
  collections: GetCollections;
  feed: Pick<ChangeFeed, "touch">;
  memory: OrderMemory;
}

/** A report with what is to be done with it. */
interface PlannedWrite {
  item: ObservedInstance;
  step: Exclude<ObservationStep, "stale">;
}

/** A try fails only when another report came between a read and the write after it. */
const mostAttempts = 8;

/** `seen` and the charts: what report intake writes, without touching `rev`. */
export function createObservationWrites(
  deps: ObservationWriteDeps,
): Pick<InstanceStore, "observe" | "observeAll"> {
  const { collections, memory } = deps;
  const ordersOf = async (ids: readonly InstanceKey[]) => {
    const found = await collections()
      .instances.find<{ _id: string; seen?: ObservationOrder }>(
        { _id: { $in: [...ids] } },
        { projection: orderFields },
      )
      .toArray();
    // A projection into null leaves the field out.
    const orders = new Map(found.map(({ _id, seen }): [string, KnownOrder] => [_id, seen ?? null]));
    for (const [id, order] of orders) memory.learn(id, order);
    return orders;
  };
  const observeAll = async (items: readonly ObservedInstance[]): Promise<boolean[]> => {
    const ids = [...new Set(items.map((item) => item._id))];
    const tried = new Set<ObservedInstance>();
    /** Whether every report was stored that is new by these steps. */
    const isDone = async (steps: readonly ObservationStep[]): Promise<boolean> => {
      const writes = plannedWrites(items, steps);
      for (const { item } of writes) tried.add(item);
      return (await writeAll(deps, writes)) === writes.length;
    };

    const expected = stepsWhenAllNew(memory.recall(ids), items);
    if (expected !== undefined && (await isDone(expected))) return items.map(() => true);
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const orders = await ordersOf(ids);
      // Somebody wrote in between: what is stored now says which of an earlier try got through.
      const isThere = ({ _id, seen }: ObservedInstance) => isSameReport(orders.get(_id), seen);
      const stored = items.map((item) => tried.has(item) && isThere(item));
      const steps = observationSteps(orders, items);
      if (await isDone(steps)) {
        return steps.map((step, i) => step !== "stale" || stored[i] === true);
      }
    }
    throw errors.busy("The instances kept changing");
  };

  return {
    observe: async (_id, seen) => (await observeAll([{ _id, seen }]))[0] === true,
    observeAll,
  };
}

/**
 * What to do when memory takes every report for a new one: then the writes themselves find out whether it is
 * right. What it takes for stale no write would look at, so the database has to be asked.
 */
function stepsWhenAllNew(
  known: ReadonlyMap<InstanceKey, KnownOrder> | undefined,
  items: readonly ObservedInstance[],
): ObservationStep[] | undefined {
  if (known === undefined) return undefined;
  const steps = observationSteps(known, items);
  return steps.includes("stale") ? undefined : steps;
}

function plannedWrites(
  items: readonly ObservedInstance[],
  steps: readonly ObservationStep[],
): PlannedWrite[] {
  return items.flatMap((item, i): PlannedWrite[] => {
    const step = steps[i];
    return step === undefined || step === "stale" ? [] : [{ item, step }];
  });
}

/** One operation; how many of the reports were stored. */
async function writeAll(
  { collections, feed, memory }: ObservationWriteDeps,
  writes: readonly PlannedWrite[],
): Promise<number> {
  const [first] = writes;
  if (first === undefined) return 0;
  const { instances } = collections();
  const touch = (): void => {
    for (const { item } of writes) feed.touch(item._id);
  };
  let stored: number;
  try {
    const { filter, update } = observationWrite(first);
    const result =
      writes.length === 1
        ? await instances.updateOne(filter, update)
        : await instances.bulkWrite(writes.map(bulkOperation));
    stored = result.matchedCount;
  } catch (error) {
    // The outcome is unknown: whoever looks for nothing loses less than one who misses something.
    touch();
    throw error;
  }
  for (const { item } of writes) {
    fp("abstractor.observation_stored", `${item._id} ${item.seen.status}`);
  }
  if (stored > 0) touch();
  if (stored === writes.length) {
    for (const { item } of writes) memory.raise(item._id, item.seen);
  }
  return stored;
}

const orderFields = {
  "seen.epoch": 1,
  "seen.placement": 1,
  "seen.session": 1,
  "seen.seq": 1,
} as const;

function bulkOperation(write: PlannedWrite): AnyBulkWriteOperation<Instance> {
  return { updateOne: observationWrite(write) };
}

/**
 * The write of one report, guarded by its order so that it is right whatever came before it.
 * `observationStep` states the same rule for plain data.
 */
function observationWrite({ item: { _id, seen }, step }: PlannedWrite): {
  filter: Filter<Instance>;
  update: UpdateFilter<Instance>;
} {
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
