import type { HeldCopy } from "@oak/contracts";
import { expect, test, vi } from "vitest";
import { createHeldCopies } from "./held-copies.ts";

const jobId = "a".repeat(24);
const key = `${jobId}/0`;

function anAssignment(changes: { placement?: number; wanted?: boolean } = {}) {
  return {
    key,
    job_id: jobId,
    instance_number: 0,
    incarnation: "incarnation-1",
    epoch: 1,
    placement: 1,
    spec_rev: 1,
    want_rev: 1,
    wanted: true,
    job: { _id: jobId, job_name: "a.b.c.d", image: "fake/ok", virtualization: "docker" },
    ...changes,
  };
}

function holdCopies() {
  const reports: HeldCopy[] = [];
  const copies = createHeldCopies((copy) => reports.push(copy));
  const told = () => reports.map(({ placement, status }) => `${placement} ${status}`);
  return { copies, told };
}

test("what is wanted runs a moment later, and is told once", async () => {
  const { copies, told } = holdCopies();
  await copies.upsert(anAssignment());
  expect([copies.runningCount(), told()]).toEqual([0, []]);
  await vi.waitFor(() => expect(copies.runningCount()).toBe(1));
  expect(told()).toEqual(["1 RUNNING"]);
});

test("what is deleted counts as running until it is gone", async () => {
  const { copies, told } = holdCopies();
  await copies.upsert(anAssignment());
  await vi.waitFor(() => expect(copies.runningCount()).toBe(1));
  await copies.upsert(anAssignment({ placement: 2, wanted: false }));
  await vi.waitFor(() => expect(copies.get(key)?.status).toBe("UNDEPLOYED"));
  expect(told()).toEqual(["1 RUNNING", "2 RUNNING", "2 UNDEPLOYED"]);
});

test("a command that is overtaken says nothing more", async () => {
  const { copies, told } = holdCopies();
  await copies.upsert(anAssignment());
  await copies.upsert(anAssignment({ placement: 2 }));
  await vi.waitFor(() => expect(copies.runningCount()).toBe(1));
  expect(told()).toEqual(["2 RUNNING"]);
});
