import { randomUUID } from "node:crypto";
import type { Db } from "mongodb";
import { afterAll, beforeAll, describe } from "vitest";
import { describeCursors } from "./cursors.ts";
import { describeFindAndModify } from "./find-and-modify.ts";
import { describeIndexes } from "./indexes.ts";
import { describeInserts } from "./inserts.ts";
import { describeQueries } from "./queries.ts";
import type { Connection, Subject } from "./subject.ts";
import { describeTypes } from "./types.ts";
import { describeUpdates } from "./updates.ts";
import { describeUpserts } from "./upserts.ts";

/**
 * What our services rely on, to be true of any server that they may run against. It knows nothing
 * of the embedded server, so that the same tests run against a real MongoDB.
 */
export function describeConformance(name: string, connect: () => Promise<Connection>): void {
  describe(`conformance of ${name}`, () => {
    const database = `conformance_${randomUUID().slice(0, 8)}`;
    let connection: Connection | undefined;
    const db = (): Db => {
      if (connection === undefined) throw new Error("not connected");
      return connection.client.db(database);
    };
    const subject: Subject = { db, collection: () => db().collection(`c_${randomUUID()}`) };

    beforeAll(async () => {
      connection = await connect();
    });
    afterAll(async () => {
      await db().dropDatabase();
      await connection?.close();
    });

    describeInserts(subject);
    describeQueries(subject);
    describeTypes(subject);
    describeCursors(subject);
    describeUpdates(subject);
    describeUpserts(subject);
    describeFindAndModify(subject);
    describeIndexes(subject);
  });
}
