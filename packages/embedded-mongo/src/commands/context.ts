import type { BsonDocument } from "../document.ts";
import { CommandError } from "../errors.ts";
import type { CollectionInfo } from "../storage/catalog.ts";
import type { Store } from "../storage/store.ts";
import type { Reply } from "../wire/reply.ts";
import type { Arguments } from "./arguments.ts";
import type { Cursors } from "./cursors.ts";

/** What every command can use. */
export interface CommandContext {
  store: Store;
  cursors: Cursors;
}

/** One command at work. */
export interface Invocation extends CommandContext {
  name: string;
  database: string;
  body: BsonDocument;
  args: Arguments;
}

export interface Command {
  /** The fields it understands, besides its own name and the common ones. */
  fields: readonly string[];
  run(invocation: Invocation): Promise<Reply> | Reply;
}

/** The name of the collection that the command is about. */
export const collectionName = ({ args, name }: Invocation): string => args.text(name);

export function findCollection(invocation: Invocation): CollectionInfo | undefined {
  return invocation.store.catalog.find(invocation.database, collectionName(invocation));
}

/** @throws CommandError NamespaceNotFound */
export function requireCollection(invocation: Invocation): CollectionInfo {
  const collection = findCollection(invocation);
  if (collection !== undefined) return collection;
  const namespace = `${invocation.database}.${collectionName(invocation)}`;
  throw new CommandError("NamespaceNotFound", `ns does not exist: ${namespace}`);
}

/** The collection, made if it is missing. To be used inside a write transaction. */
export function ensureCollection(invocation: Invocation): CollectionInfo {
  const { store, database } = invocation;
  return findCollection(invocation) ?? store.catalog.create(database, collectionName(invocation));
}
