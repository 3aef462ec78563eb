import type { BsonDocument } from "../document.ts";
import { isDocument } from "../document.ts";
import { badValue, CommandError, typeMismatch } from "../errors.ts";
import type { Reply } from "../wire/reply.ts";
import { readArguments } from "./arguments.ts";
import { type Command, ensureCollection, findCollection, type Invocation } from "./context.ts";
import { insertDocument, removeMatches, updateMatches } from "./document-changes.ts";
import { maxWriteBatchSize } from "./handshake.ts";

const batchFields = ["ordered", "bypassDocumentValidation"] as const;

const insert: Command = {
  fields: ["documents", ...batchFields],
  run: (invocation) =>
    runBatch(invocation, "documents", (statement, totals) => {
      if (!(statement instanceof Uint8Array)) throw typeMismatch("a document to insert is missing");
      insertDocument(invocation.store, ensureCollection(invocation), statement);
      totals.n++;
    }),
};

const update: Command = {
  fields: ["updates", ...batchFields],
  run: (invocation) =>
    runBatch(invocation, "updates", (statement, totals, index) => {
      const args = readStatement("update", statement, ["q", "u", "multi", "upsert"]);
      const isUpsert = args.flag("upsert");
      const collection = isUpsert ? ensureCollection(invocation) : findCollection(invocation);
      const result = updateMatches(invocation.store, collection, {
        filter: args.document("q"),
        update: args.raw("u"),
        multi: args.flag("multi"),
        upsert: isUpsert,
      });
      totals.n += result.matched;
      totals.nModified = (totals.nModified ?? 0) + result.modified;
      if (result.upsertedId !== undefined) {
        totals.n++;
        totals.upserted = [...(totals.upserted ?? []), { index, _id: result.upsertedId }];
      }
    }),
};

const remove: Command = {
  fields: ["deletes", ...batchFields],
  run: (invocation) =>
    runBatch(invocation, "deletes", (statement, totals) => {
      const args = readStatement("delete", statement, ["q", "limit"]);
      const limit = args.count("limit", 0);
      if (limit > 1) throw badValue("the limit of a delete is 0 or 1");
      const collection = findCollection(invocation);
      totals.n += removeMatches(invocation.store, collection, args.document("q"), limit === 0);
    }),
};

function readStatement(where: string, statement: unknown, allowed: readonly string[]) {
  if (!isDocument(statement)) throw typeMismatch(`a statement of ${where} needs a document`);
  return readArguments(`a statement of ${where}`, statement, allowed);
}

interface Totals {
  n: number;
  nModified?: number;
  upserted?: BsonDocument[];
}

type StatementRunner = (statement: unknown, totals: Totals, index: number) => void;

/**
 * Runs the statements of a bulk write in one transaction. A refused statement changes nothing; if
 * the batch is ordered, the ones after it are not tried.
 */
async function runBatch(
  invocation: Invocation,
  field: string,
  runStatement: StatementRunner,
): Promise<Reply> {
  const { args, body, store } = invocation;
  const statements = args.list(field);
  if (statements.length === 0 || statements.length > maxWriteBatchSize) {
    throw badValue(`write batch sizes must be between 1 and ${maxWriteBatchSize}`);
  }
  assertWriteConcern(args.document("writeConcern"));
  const isOrdered = body["ordered"] !== false;
  return store.write(() => {
    const totals: Totals = { n: 0 };
    const writeErrors: BsonDocument[] = [];
    for (const [index, statement] of statements.entries()) {
      try {
        runStatement(statement, totals, index);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.details });
        if (isOrdered) break;
      }
    }
    return { ...totals, ...(writeErrors.length > 0 ? { writeErrors } : {}), ok: 1 };
  });
}

/** Every write is durable here, so all that a standalone server can promise is given. */
export function assertWriteConcern({ w }: BsonDocument): void {
  if (typeof w === "number" && w > 1) {
    throw badValue("cannot use 'w' > 1 when a host is not replicated");
  }
}

export const writeCommands = { insert, update, delete: remove } as const satisfies Record<
  string,
  Command
>;
