import type { Db } from "mongodb";
import { expect, test } from "vitest";
import { migrate } from "./migrate.ts";

/** The two calls that migrations make, over one document. */
function databaseAt(version: number | undefined) {
  const state = { version };
  const collection = {
    findOne: async () => (state.version === undefined ? null : { version: state.version }),
    updateOne: async (_filter: unknown, update: { $max: { version: number } }) => {
      state.version = Math.max(state.version ?? 0, update.$max.version);
    },
  };
  return { state, db: { collection: () => collection } as unknown as Db };
}

function stepsUpTo(count: number, ran: number[]) {
  return Array.from({ length: count }, (_, index) => ({
    version: index + 1,
    run: async () => {
      ran.push(index + 1);
    },
  }));
}

test("an empty database runs all steps in order", async () => {
  const ran: number[] = [];
  const { db, state } = databaseAt(undefined);
  await migrate(db, stepsUpTo(3, ran));
  expect({ ran, version: state.version }).toEqual({ ran: [1, 2, 3], version: 3 });
});

test("steps that have run are not run again", async () => {
  const ran: number[] = [];
  const { db } = databaseAt(2);
  await migrate(db, stepsUpTo(3, ran));
  expect(ran).toEqual([3]);
});

test("a step that fails is not recorded, those before it are", async () => {
  const { db, state } = databaseAt(undefined);
  const [first] = stepsUpTo(1, []);
  const failing = { version: 2, run: () => Promise.reject(new Error("broken")) };
  await expect(migrate(db, [first!, failing])).rejects.toThrow("broken");
  expect(state.version).toBe(1);
});

test("a database of a newer release is refused", async () => {
  const { db } = databaseAt(9);
  await expect(migrate(db, stepsUpTo(1, []))).rejects.toThrow("schema version 9");
});

test("steps with a gap in their numbers are refused", async () => {
  const { db } = databaseAt(0);
  const step = { version: 2, run: async () => undefined };
  await expect(migrate(db, [step])).rejects.toThrow("numbered");
});
