import type { BsonDocument } from "../document.ts";
import { badValue } from "../errors.ts";
import { compileProjection } from "../query/projection.ts";
import { parseSort } from "../query/sort.ts";
import type { CollectionInfo } from "../storage/catalog.ts";
import type { DocumentPair } from "../storage/document-writer.ts";
import { decodeExactly } from "../storage/scan.ts";
import { compileUpdate } from "../update/compile-update.ts";
import { type Command, ensureCollection, findCollection, type Invocation } from "./context.ts";
import { changeDocument, insertFromFilter, selectOne } from "./document-changes.ts";
import { assertWriteConcern } from "./write.ts";

interface Modification {
  /** The document before or after the change, as asked for. */
  value: BsonDocument | undefined;
  /** What the driver shows as `lastErrorObject`. */
  summary: BsonDocument;
}

/** Finds one document and changes or removes it in one step that nothing can come between. */
export const findAndModify: Command = {
  fields: [
    "query",
    "sort",
    "fields",
    "update",
    "remove",
    "new",
    "upsert",
    "bypassDocumentValidation",
  ],
  async run(invocation) {
    const { args, store } = invocation;
    assertWriteConcern(args.document("writeConcern"));
    const projection = compileProjection(args.raw("fields"));
    const isRemoval = args.flag("remove");
    if (
      isRemoval &&
      (args.raw("update") !== undefined || args.flag("new") || args.flag("upsert"))
    ) {
      throw badValue("findAndModify with 'remove' takes neither 'update' nor 'new' nor 'upsert'");
    }
    const { value, summary } = await store.write(() =>
      isRemoval ? removeOne(invocation) : updateOne(invocation),
    );
    const shown = value !== undefined && projection ? projection(value) : value;
    return { lastErrorObject: summary, value: shown ?? null, ok: 1 };
  },
};

function removeOne(invocation: Invocation): Modification {
  const { store } = invocation;
  const collection = findCollection(invocation);
  const match = select(invocation, collection);
  if (match === undefined || collection === undefined) {
    return { value: undefined, summary: { n: 0 } };
  }
  store.writer.remove(collection, match.document);
  return { value: decodeExactly(match.raw), summary: { n: 1 } };
}

function updateOne(invocation: Invocation): Modification {
  const { args, store } = invocation;
  const update = compileUpdate(args.raw("update"));
  const isUpsert = args.flag("upsert");
  const collection = isUpsert ? ensureCollection(invocation) : findCollection(invocation);
  const match = select(invocation, collection);
  if (collection !== undefined && match !== undefined) {
    const { document } = changeDocument(store, collection, match, update);
    const value = args.flag("new") ? document : decodeExactly(match.raw);
    return { value, summary: { n: 1, updatedExisting: true } };
  }
  if (collection === undefined || !isUpsert) {
    return { value: undefined, summary: { n: 0, updatedExisting: false } };
  }
  const { document } = insertFromFilter(store, collection, args.document("query"), update);
  return {
    value: args.flag("new") ? document : undefined,
    summary: { n: 1, updatedExisting: false, upserted: document["_id"] },
  };
}

function select(
  { args, store }: Invocation,
  collection: CollectionInfo | undefined,
): DocumentPair | undefined {
  return selectOne(store, collection, args.document("query"), parseSort(args.raw("sort")));
}
