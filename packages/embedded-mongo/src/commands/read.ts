import type { BsonDocument } from "../document.ts";
import { isDocument } from "../document.ts";
import { badValue } from "../errors.ts";
import { compileFilter } from "../query/filter.ts";
import { compileProjection } from "../query/projection.ts";
import { parseSort } from "../query/sort.ts";
import { type CollectionInfo, encodeId } from "../storage/catalog.ts";
import { planQuery } from "../storage/query-plan.ts";
import { createResultStream, type ResultStream } from "../storage/result-stream.ts";
import { successor } from "../values/key-encoding.ts";
import { type Command, collectionName, findCollection, type Invocation } from "./context.ts";

/** The size of a first batch that the client left open, as MongoDB chooses it. */
const defaultBatchSize = 101;

const emptyResults: ResultStream = { next: async () => [], isDone: true };

const find: Command = {
  fields: ["filter", "sort", "projection", "skip", "limit", "batchSize", "singleBatch"],
  async run(invocation) {
    const { args, cursors, store, database } = invocation;
    const filter = args.document("filter");
    const query = {
      filter: compileFilter(filter),
      sort: parseSort(args.raw("sort")),
      skip: args.count("skip", 0),
      limit: args.count("limit", 0) || Number.POSITIVE_INFINITY,
    };
    const projection = compileProjection(args.raw("projection"));
    const batchSize = args.count("batchSize", defaultBatchSize);
    await store.schemaSettled();
    const collection = findCollection(invocation);
    const { environment } = store;
    const results =
      collection === undefined
        ? emptyResults
        : createResultStream({
            ...query,
            environment,
            collection,
            plan: planQuery(collection, filter),
          });
    const namespace = `${database}.${collectionName(invocation)}`;
    const cursor = { namespace, results, projection };
    return cursors.open(cursor, batchSize, !args.flag("singleBatch"));
  },
};

const getMore: Command = {
  fields: ["collection", "batchSize"],
  run({ args, cursors, database }) {
    const namespace = `${database}.${args.text("collection")}`;
    const batchSize = args.count("batchSize", 0) || Number.POSITIVE_INFINITY;
    return cursors.more(Number(args.raw("getMore")), namespace, batchSize);
  },
};

const killCursors: Command = {
  fields: ["cursors"],
  run({ args, cursors }) {
    const ids = args.list("cursors");
    const killed = ids.filter((id) => cursors.kill(Number(id)));
    const missing = ids.filter((id) => !killed.includes(id));
    return {
      cursorsKilled: killed,
      cursorsNotFound: missing,
      cursorsAlive: [],
      cursorsUnknown: [],
      ok: 1,
    };
  },
};

const count: Command = {
  fields: ["query", "skip", "limit"],
  async run(invocation) {
    const { args } = invocation;
    const limit = args.count("limit", 0) || Number.POSITIVE_INFINITY;
    const total = await countMatches(
      invocation,
      args.document("query"),
      args.count("skip", 0) + limit,
    );
    return { n: Math.min(limit, Math.max(0, total - args.count("skip", 0))), ok: 1 };
  },
};

/** Only the pipeline that the driver's `countDocuments` sends. */
const aggregate: Command = {
  fields: ["pipeline", "cursor"],
  async run(invocation) {
    const { args, database } = invocation;
    const { filter, skip, limit } = parseCountPipeline(args.list("pipeline"));
    const total = await countMatches(invocation, filter, skip + limit);
    const n = Math.min(limit, Math.max(0, total - skip));
    const namespace = `${database}.${collectionName(invocation)}`;
    return { cursor: { firstBatch: n === 0 ? [] : [{ _id: 1, n }], id: 0n, ns: namespace }, ok: 1 };
  },
};

interface CountPipeline {
  filter: BsonDocument;
  skip: number;
  limit: number;
}

function parseCountPipeline(pipeline: readonly unknown[]): CountPipeline {
  if (JSON.stringify(pipeline.at(-1)) !== '{"$group":{"_id":1,"n":{"$sum":1}}}') {
    throw badValue("aggregation is only supported as countDocuments sends it");
  }
  const all: CountPipeline = { filter: {}, skip: 0, limit: Number.POSITIVE_INFINITY };
  return Object.assign(all, ...pipeline.slice(0, -1).map(parseStage));
}

function parseStage(stage: unknown): Partial<CountPipeline> {
  const [name, operand] = isDocument(stage) ? (Object.entries(stage)[0] ?? []) : [];
  if (name === "$match" && isDocument(operand)) return { filter: operand };
  if (name === "$skip" && typeof operand === "number") return { skip: operand };
  if (name === "$limit" && typeof operand === "number") return { limit: operand };
  throw badValue(`the aggregation stage ${name ?? "?"} is not supported`);
}

/** Looks at no more than it takes to find so many. */
async function countMatches(
  invocation: Invocation,
  filter: BsonDocument,
  atMost: number,
): Promise<number> {
  const test = compileFilter(filter);
  const { store } = invocation;
  await store.schemaSettled();
  const collection = findCollection(invocation);
  if (collection === undefined) return 0;
  if (Object.keys(filter).length === 0) return countAll(invocation, collection);
  const results = createResultStream({
    environment: store.environment,
    collection,
    plan: planQuery(collection, filter),
    filter: test,
    sort: [],
    skip: 0,
    limit: atMost,
  });
  let total = 0;
  while (!results.isDone) total += (await results.next(1000, Number.POSITIVE_INFINITY)).length;
  return total;
}

function countAll({ store }: Invocation, collection: CollectionInfo): number {
  const start = encodeId(collection.id);
  return store.environment.documents.count({ start, end: successor(start) });
}

export const readCommands = {
  find,
  getMore,
  killCursors,
  count,
  aggregate,
} as const satisfies Record<string, Command>;
