import type { Collection, Db, Document, MongoClient } from "mongodb";

/** A connected client and how to let it go. */
export interface Connection {
  client: MongoClient;
  close(): Promise<void>;
}

/** What the tests of the suite work with. */
export interface Subject {
  db(): Db;
  /** A collection that no other test uses. */
  collection(): Collection<Document>;
}
