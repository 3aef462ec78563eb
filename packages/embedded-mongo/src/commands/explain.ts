import { type BsonDocument, isDocument } from "../document.ts";
import { badValue, typeMismatch } from "../errors.ts";
import { compileFilter } from "../query/filter.ts";
import { planQuery, type QueryPlan } from "../storage/query-plan.ts";
import { createScan } from "../storage/scan.ts";
import type { Command, Invocation } from "./context.ts";
import { keyPattern } from "./index-specs.ts";

/** Where each command that can be explained keeps its filter. */
const filterFields: Readonly<Record<string, string>> = {
  find: "filter",
  count: "query",
  findAndModify: "query",
};

/** Tells a look-up by index from a walk over the collection, in the shape that MongoDB answers. */
export const explain: Command = {
  fields: ["verbosity"],
  async run(invocation) {
    const { store, database } = invocation;
    const { collectionName, filter } = explained(invocation);
    const test = compileFilter(filter);
    await store.schemaSettled();
    const collection = store.catalog.find(database, collectionName);
    const namespace = `${database}.${collectionName}`;
    if (collection === undefined) {
      return { queryPlanner: { namespace, winningPlan: { stage: "EOF" } }, ok: 1 };
    }
    const plan = planQuery(collection, filter);
    const scan = createScan({ environment: store.environment, collection, plan, filter: test });
    let nReturned = 0;
    while (!scan.isDone) nReturned += scan.next(1000).length;
    return {
      queryPlanner: { namespace, parsedQuery: filter, winningPlan: describe(plan) },
      executionStats: {
        nReturned,
        totalKeysExamined: plan.usedFields.length > 0 ? scan.keysExamined : 0,
        totalDocsExamined: scan.documentsExamined,
      },
      ok: 1,
    };
  },
};

function explained({ args }: Invocation): { collectionName: string; filter: BsonDocument } {
  const command = args.document("explain");
  const name = Object.keys(command)[0] ?? "";
  const field = Object.hasOwn(filterFields, name) ? filterFields[name] : undefined;
  if (field === undefined) throw badValue(`explain of '${name}' is not supported`);
  const collectionName = command[name];
  const filter = command[field] ?? {};
  if (typeof collectionName !== "string" || !isDocument(filter)) {
    throw typeMismatch(`explain of '${name}' needs a collection and a filter`);
  }
  return { collectionName, filter };
}

function describe({ index, usedFields, ranges, needsDistinct }: QueryPlan): BsonDocument {
  if (usedFields.length === 0) return { stage: "COLLSCAN", direction: "forward" };
  return {
    stage: "FETCH",
    inputStage: {
      stage: "IXSCAN",
      indexName: index?.name ?? "_id_",
      keyPattern: index ? keyPattern(index) : { _id: 1 },
      isMultiKey: needsDistinct,
      usedFields,
      ranges: ranges.length,
    },
  };
}
