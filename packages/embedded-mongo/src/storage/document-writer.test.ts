import { serialize } from "bson";
import { expect, test } from "vitest";
import type { BsonDocument } from "../document.ts";
import type { Catalog, CollectionInfo, IndexInfo } from "./catalog.ts";
import { createDocumentWriter } from "./document-writer.ts";
import type { Environment, Table } from "./environment.ts";

/** A table that only counts what is written to it. */
function createCountingTable(): Table & { writes: number } {
  const table = {
    writes: 0,
    get: () => undefined,
    put: () => {
      table.writes += 1;
    },
    remove: () => {
      table.writes += 1;
    },
    entries: () => [],
    count: () => 0,
  };
  return table;
}

const indexOn = (id: number, path: string): IndexInfo => ({
  id,
  name: path,
  fields: [{ path, segments: [path], direction: 1 }],
  unique: true,
  sparse: false,
  multikey: true,
});

function setUp() {
  const [documents, indexes] = [createCountingTable(), createCountingTable()];
  const environment = { documents, indexes } as unknown as Environment;
  const writer = createDocumentWriter(environment, {} as Catalog);
  const collection: CollectionInfo = {
    id: 1,
    database: "d",
    name: "c",
    indexes: [indexOn(2, "name"), indexOn(3, "tags")],
  };
  return (before: BsonDocument, next: BsonDocument) => {
    documents.writes = 0;
    indexes.writes = 0;
    writer.replace(collection, before, { raw: serialize(next), document: next });
    return { documents: documents.writes, indexes: indexes.writes };
  };
}

const document = { _id: "a", name: "x", tags: ["p", "q"], count: 1 };

test("an update that moves nothing in an index does not write to it", () => {
  const replace = setUp();
  expect(replace(document, { ...document, count: 2 })).toEqual({ documents: 1, indexes: 0 });
});

test("only the indexes in which a document moves are written", () => {
  const replace = setUp();
  expect(replace(document, { ...document, name: "y" })).toEqual({ documents: 1, indexes: 2 });
  // Each item and the array itself: three keys go, two come.
  expect(replace(document, { ...document, tags: ["p"] })).toEqual({ documents: 1, indexes: 5 });
});
