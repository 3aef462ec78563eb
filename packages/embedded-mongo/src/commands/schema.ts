import type { BsonDocument } from "../document.ts";
import { CommandError } from "../errors.ts";
import { compileFilter } from "../query/filter.ts";
import { dropCollection, dropIndex } from "../storage/schema-changes.ts";
import type { Reply } from "../wire/reply.ts";
import {
  type Command,
  collectionName,
  ensureCollection,
  findCollection,
  type Invocation,
  requireCollection,
} from "./context.ts";
import { createIndex, describeIndexes, parseIndexSpec } from "./index-specs.ts";

const create: Command = {
  fields: [],
  run: (invocation) =>
    invocation.store.changeSchema(() => {
      if (findCollection(invocation) !== undefined) {
        const namespace = `${invocation.database}.${collectionName(invocation)}`;
        throw new CommandError("NamespaceExists", `Collection ${namespace} already exists.`);
      }
      ensureCollection(invocation);
      return { ok: 1 };
    }),
};

const drop: Command = {
  fields: [],
  run: (invocation) =>
    invocation.store.changeSchema(() => {
      const collection = findCollection(invocation);
      if (collection !== undefined) dropCollection(invocation.store, collection);
      return { ok: 1 };
    }),
};

const dropDatabase: Command = {
  fields: [],
  run: ({ store, database }) =>
    store.changeSchema(() => {
      for (const collection of store.catalog.list(database)) dropCollection(store, collection);
      return { dropped: database, ok: 1 };
    }),
};

const createIndexes: Command = {
  fields: ["indexes", "commitQuorum"],
  run(invocation) {
    const { args, store } = invocation;
    const specs = args.list("indexes").map(parseIndexSpec);
    return store.changeSchema(() => {
      const createdCollectionAutomatically = findCollection(invocation) === undefined;
      const collection = ensureCollection(invocation);
      const numIndexesBefore = collection.indexes.length + 1;
      for (const spec of specs) createIndex(store, collection, spec);
      const numIndexesAfter = collection.indexes.length + 1;
      return { createdCollectionAutomatically, numIndexesBefore, numIndexesAfter, ok: 1 };
    });
  },
};

const dropIndexes: Command = {
  fields: ["index"],
  run(invocation) {
    const { args, store } = invocation;
    const name = args.text("index");
    return store.changeSchema(() => {
      const collection = requireCollection(invocation);
      const nIndexesWas = collection.indexes.length + 1;
      const found = collection.indexes.filter((index) => name === "*" || index.name === name);
      if (found.length === 0 && name !== "*") {
        throw new CommandError("IndexNotFound", `index not found with name [${name}]`);
      }
      for (const index of found) dropIndex(store, collection, index);
      return { nIndexesWas, ok: 1 };
    });
  },
};

const listIndexes: Command = {
  fields: ["cursor"],
  run(invocation) {
    const collection = requireCollection(invocation);
    return completeCursor(invocation, collection.name, describeIndexes(collection));
  },
};

const listCollections: Command = {
  fields: ["filter", "nameOnly", "authorizedCollections", "cursor"],
  run(invocation) {
    const { args, database, store } = invocation;
    const filter = compileFilter(args.document("filter"));
    const nameOnly = args.flag("nameOnly");
    const found = store.catalog.list(database).map(({ name }) => ({
      name,
      type: "collection",
      ...(nameOnly ? {} : { options: {}, info: { readOnly: false } }),
    }));
    return completeCursor(invocation, "$cmd.listCollections", found.filter(filter));
  },
};

/** A list short enough for one batch. */
function completeCursor(
  { database }: Invocation,
  name: string,
  firstBatch: readonly BsonDocument[],
): Reply {
  return { cursor: { firstBatch, id: 0n, ns: `${database}.${name}` }, ok: 1 };
}

export const schemaCommands = {
  create,
  drop,
  dropDatabase,
  createIndexes,
  dropIndexes,
  listIndexes,
  listCollections,
} as const satisfies Record<string, Command>;
