import { STATUSES, type Status } from "@oak/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { awaitedView } from "./instance-view.ts";
import { jobStatus } from "./job-status.ts";

const views = (...statuses: Status[]) =>
  statuses.map((status, i) => ({
    ...awaitedView(i, { since: 0, revision: 1 }),
    status,
    status_detail: `${status} ${i}`,
  }));

test.each<[Status[], Status]>([
  [["RUNNING", "RUNNING"], "RUNNING"],
  [["RUNNING", "COMPLETED"], "RUNNING"],
  [["COMPLETED", "COMPLETED"], "COMPLETED"],
  [["RUNNING", "NODE_SCHEDULED"], "NODE_SCHEDULED"],
  [["REQUESTED", "CREATED"], "REQUESTED"],
  [["RUNNING", "FAILED", "REQUESTED"], "FAILED"],
  [["NO_WORKER_CAPACITY", "REQUESTED"], "NO_WORKER_CAPACITY"],
])("instances that are %j make a service that is %s", (statuses, expected) => {
  expect(jobStatus(views(...statuses))?.status).toBe(expected);
});

test("a refused instance beside a running one makes the service wait, and its detail says why", () => {
  expect(jobStatus(views("RUNNING", "NO_WORKER_CAPACITY"))).toEqual({
    status: "REQUESTED",
    status_detail: "1 of 2 running; instance 1: NO_WORKER_CAPACITY 1",
  });
});

test("the detail of a single instance is the detail of its service", () => {
  expect(jobStatus(views("FAILED"))?.status_detail).toBe("FAILED 0");
});

test("without instances there is no status to derive", () => {
  expect(jobStatus([])).toBeUndefined();
});

test("a service is RUNNING only when each instance runs or has completed", () => {
  const statuses = fc.array(fc.constantFrom(...STATUSES), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(statuses, (given) => {
      const isRunning = jobStatus(views(...given))?.status === "RUNNING";
      const fine: readonly Status[] = ["RUNNING", "COMPLETED", "UNDEPLOYED"];
      expect(isRunning).toBe(given.includes("RUNNING") && given.every((s) => fine.includes(s)));
    }),
  );
});
