import { expect, test } from "vitest";
import { aHold, aNeed, aWorker, idOf } from "../../test/candidates.ts";
import { type CandidateTable, createCandidateTable } from "./candidate-table.ts";
import { at } from "./columns.ts";

const job = idOf(7);

function leftVcpus(table: CandidateTable, id: string): number {
  return at(table.rows.columns.vcpus, table.rows.slotOf(id)!) / 1000;
}

test("a document that shows the hold ends the reservation that stood for it", () => {
  const table = createCandidateTable();
  table.upsert(aWorker(1));
  table.reserve(idOf(1), "first", { jobId: job, need: aNeed() });
  table.reserve(idOf(1), "second", { jobId: job, need: aNeed() });
  expect(leftVcpus(table, idOf(1))).toBe(2);
  table.upsert(aWorker(1, { holds: { [`${job}/0`]: aHold() } }));
  expect(leftVcpus(table, idOf(1))).toBe(2);
  table.release(idOf(1), "first");
  expect(leftVcpus(table, idOf(1))).toBe(2);
  table.release(idOf(1), "second");
  expect(leftVcpus(table, idOf(1))).toBe(3);
});

test("a document that shows holds of other services leaves reservations alone", () => {
  const table = createCandidateTable();
  table.upsert(aWorker(1));
  table.reserve(idOf(1), "attempt", { jobId: job, need: aNeed() });
  table.upsert(aWorker(1, { holds: { [`${idOf(8)}/0`]: aHold() } }));
  expect(leftVcpus(table, idOf(1))).toBe(2);
});

test("the same key reserves once", () => {
  const table = createCandidateTable();
  table.upsert(aWorker(1));
  table.reserve(idOf(1), "attempt", { jobId: job, need: aNeed({ vcpus: 3 }) });
  table.reserve(idOf(1), "attempt", { jobId: job, need: aNeed({ vcpus: 1 }) });
  expect(leftVcpus(table, idOf(1))).toBe(3);
});

test("what is not known can be neither reserved nor removed", () => {
  const table = createCandidateTable();
  expect(table.reserve(idOf(1), "attempt", { jobId: job, need: aNeed() })).toBe(false);
  table.remove(idOf(1));
  table.release(idOf(1), "attempt");
  expect(table.size).toBe(0);
});

test("a slot that became free is used again, and keeps nothing of its last candidate", () => {
  const table = createCandidateTable();
  table.upsert(aWorker(1, { holds: { [`${job}/0`]: aHold() } }));
  table.reserve(idOf(1), "attempt", { jobId: job, need: aNeed() });
  table.remove(idOf(1));
  table.upsert(aWorker(2));
  expect(table.rows.length).toBe(1);
  expect(leftVcpus(table, idOf(2))).toBe(4);
  expect(table.rows.holdersOf(job)).toBeUndefined();
  expect(table.rows.slotsNamed("w1")).toEqual([]);
});

test("kinds of machines that nobody is any more are forgotten", () => {
  const table = createCandidateTable();
  for (let round = 0; round < 50; round += 1) {
    table.upsert(aWorker(1, { supported_addons: [`addon-${round}`] }));
  }
  expect(table.rows.traits.length).toBeLessThanOrEqual(2);
});

test("the table grows beyond its first size", () => {
  const table = createCandidateTable();
  for (let number = 0; number < 1000; number += 1) table.upsert(aWorker(number));
  expect(table.size).toBe(1000);
  expect(table.ids()).toContain(idOf(999));
  expect(leftVcpus(table, idOf(0))).toBe(4);
});
