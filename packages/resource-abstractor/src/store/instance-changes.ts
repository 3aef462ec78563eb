import { isDeepStrictEqual } from "node:util";
import type { Instance, InstanceChange, InstanceChangeOutcome, InstanceKey } from "@oak/contracts";
import { type ChangeFeed, DUPLICATE_KEY, fp } from "@oak/kit";
import { type AnyBulkWriteOperation, type Filter, MongoBulkWriteError } from "mongodb";
import type { InstanceStore } from "../ports.ts";
import type { GetCollections } from "./collections.ts";
import type { OrderMemory } from "./order-memory.ts";

export interface InstanceChangeDeps {
  collections: GetCollections;
  feed: Pick<ChangeFeed, "touch">;
  memory: Pick<OrderMemory, "learn" | "forget">;
}

/** Changes of one moment are one operation; of two for one instance the second is made after the first. */
export function createInstanceChanges(deps: InstanceChangeDeps): InstanceStore["changeAll"] {
  return async (changes) => {
    const outcomes = new Map<InstanceChange, InstanceChangeOutcome>();
    for (const round of roundsOf(changes)) {
      const lost = await changeOnce(deps, round);
      for (const change of round) outcomes.set(change, lost.has(change._id) ? "conflict" : "done");
    }
    return changes.map((change) => outcomes.get(change) ?? "conflict");
  };
}

/** In their order, each with at most one change of an instance. */
function roundsOf(changes: readonly InstanceChange[]): InstanceChange[][] {
  const rounds: InstanceChange[][] = [];
  const earlier = new Map<InstanceKey, number>();
  for (const change of changes) {
    const round = earlier.get(change._id) ?? 0;
    earlier.set(change._id, round + 1);
    if (rounds[round] === undefined) rounds.push([change]);
    else rounds[round].push(change);
  }
  return rounds;
}

/** At most one change of each instance; answers those that came too late. */
async function changeOnce(
  deps: InstanceChangeDeps,
  changes: readonly InstanceChange[],
): Promise<ReadonlySet<InstanceKey>> {
  const { feed, memory } = deps;
  for (const { _id, do: what } of changes) if (what === "remove") memory.forget(_id);
  let lost: ReadonlySet<InstanceKey> = new Set();
  try {
    lost = await write(deps, changes);
  } finally {
    // Also of a write whose outcome is unknown: looking for nothing costs less than missing something.
    for (const { _id } of changes) if (!lost.has(_id)) feed.touch(_id);
  }
  for (const change of changes) {
    if (lost.has(change._id)) continue;
    if (isCreation(change)) memory.learn(change._id, null);
    fp(pointOf(change), change._id);
  }
  return lost;
}

function pointOf(change: InstanceChange) {
  return change.do === "write" ? "abstractor.instance_stored" : "abstractor.instance_removed";
}

async function write(
  { collections }: InstanceChangeDeps,
  changes: readonly InstanceChange[],
): Promise<ReadonlySet<InstanceKey>> {
  const { instances } = collections();
  const lost = new Set<InstanceKey>();
  let matched = 0;
  try {
    const result = await instances.bulkWrite(changes.map(operationOf), { ordered: false });
    matched = result.matchedCount + result.deletedCount;
  } catch (error) {
    const refused = refusedBy(error);
    if (refused === undefined) throw error;
    for (const index of refused) lost.add(changes[index]?._id ?? "");
    matched = -1;
  }
  const guarded = changes.filter((change) => !isCreation(change));
  if (matched === guarded.length) return lost;
  // Some versions had moved on; the driver does not tell which.
  const keys = guarded.map(({ _id }) => _id);
  const found = await instances
    .find<Partial<Instance>>(
      { _id: { $in: keys } },
      { projection: { seen: 0, cpu_history: 0, memory_history: 0 } },
    )
    .toArray();
  const stored = new Map(found.map((document) => [document._id ?? "", document]));
  for (const change of guarded) if (!isMade(change, stored.get(change._id))) lost.add(change._id);
  return lost;
}

function isCreation(change: InstanceChange): boolean {
  return change.do === "write" && change.if_version === 0;
}

function operationOf(change: InstanceChange): AnyBulkWriteOperation<Instance> {
  const { _id, if_version: rev } = change;
  const filter: Filter<Instance> = { _id, rev };
  if (change.do === "remove") return { deleteOne: { filter } };
  const fields = fieldsOf(change);
  if (rev > 0) return { updateOne: { filter, update: { $set: fields, $inc: { rev: 1 } } } };
  const document = { _id, ...fields, rev: 1, seen: null, cpu_history: [], memory_history: [] };
  return { insertOne: { document } };
}

function fieldsOf(change: Extract<InstanceChange, { do: "write" }>) {
  const { _id, if_version: _version, do: _do, ...fields } = change;
  return fields;
}

/** Which operations a unique index refused; undefined when something else went wrong. */
function refusedBy(error: unknown): number[] | undefined {
  if (!(error instanceof MongoBulkWriteError)) return undefined;
  const failures = [error.writeErrors].flat();
  const isOnlyThat = failures.length > 0 && failures.every(({ code }) => code === DUPLICATE_KEY);
  return isOnlyThat ? failures.map(({ index }) => index) : undefined;
}

/** A writer of the same content at the same version has made the same change: it does not matter who it was. */
function isMade(change: InstanceChange, stored: Partial<Instance> | undefined): boolean {
  if (change.do === "remove") return stored === undefined;
  if (stored?.rev !== change.if_version + 1) return false;
  return Object.entries(fieldsOf(change)).every(([name, value]) =>
    isDeepStrictEqual(Reflect.get(stored, name), value),
  );
}
