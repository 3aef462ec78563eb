import { expect, test } from "vitest";
import { anAssignment } from "../../test/builders.ts";
import { freshLocalState, type InstanceRecord } from "../store/instance-record.ts";
import { describeCopy } from "./describe-copy.ts";

function aRecord(over: Partial<InstanceRecord>, port?: string): InstanceRecord {
  const assignment = anAssignment();
  const amounts = { vcpus: 2, memory: 300, ...(port !== undefined && { port }) };
  const job = { ...assignment.job, ...amounts };
  return { ...assignment, job, local: freshLocalState, ...over };
}

test("a copy says what it takes, for a cluster that does not know its service any more", () => {
  const copy = describeCopy(aRecord({}, "8080:80"), { observed: [] });
  expect(copy.need).toEqual({ vcpus: 2, memory: 300, vgpus: 0, host_ports: ["8080/tcp"] });
});

test("one that is deleted takes nothing", () => {
  expect(describeCopy(aRecord({ wanted: false }), { observed: [] }).need).toBeUndefined();
});

test("nor does one whose spec cannot be read: nothing of it ever runs", () => {
  expect(describeCopy(aRecord({}, "99999999:80"), { observed: [] }).need).toBeUndefined();
});
