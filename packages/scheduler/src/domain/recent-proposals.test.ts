import { createCandidateTable } from "@oak/core";
import { expect, test } from "vitest";
import { aWorker, idOf } from "../../test/fixtures.ts";
import { createRecentProposals, subjectOf } from "./recent-proposals.ts";

const need = { vcpus: 1, memory: 0, vgpus: 0, host_ports: [] };
const proposal = { candidateId: idOf(1), jobId: idOf(7), need };

function setUp() {
  const table = createCandidateTable();
  table.upsert(aWorker(1));
  const reservations = () => table.rows.holdersOf(idOf(7))?.get(0) ?? 0;
  return { recent: createRecentProposals(table), reservations };
}

test("a proposal counts until it is dropped for its age", () => {
  const { recent, reservations } = setUp();
  recent.add("a", proposal, 0);
  recent.add("b", proposal, 50);
  expect(recent.dropMadeUntil(-1)).toBe(false);
  expect(reservations()).toBe(2);
  expect(recent.dropMadeUntil(0)).toBe(true);
  expect(reservations()).toBe(1);
});

test("the same subject counts once, from its latest time", () => {
  const { recent, reservations } = setUp();
  recent.add("a", proposal, 0);
  recent.add("a", proposal, 50);
  recent.dropMadeUntil(49);
  expect(reservations()).toBe(1);
  recent.withdraw("a");
  expect(reservations()).toBe(0);
});

test("attempts of one instance share a subject, others stand for themselves", () => {
  expect(subjectOf(`${idOf(7)}/3:1.2`)).toBe(`${idOf(7)}/3`);
  expect(subjectOf(`${idOf(7)}/3`)).toBe(`${idOf(7)}/3`);
  expect(subjectOf("anything:1")).toBe("anything:1");
});
