import type { Instance } from "@oak/contracts";
import { expect, test } from "vitest";
import { wordsAfterRelease, wordsOfRelease, wordsWithoutPlace } from "./last-words.ts";

const why = "Gave up after 6 tries: The command ended with an error: exit code 4.";
const skipped = {
  status: "NO_QUALIFIED_WORKER_FOUND",
  detail: "No worker fits: the only one is skipped for a while after an earlier refusal",
  reason: "no_place",
} as const;

function anInstance(changes: Partial<Instance> = {}): Instance {
  const instance: Partial<Instance> = {
    status: "NODE_SCHEDULED",
    status_detail: "Assigned, waiting for the confirmation",
    reason: "assigned",
    seen: { status: "FAILED", status_detail: why } as Instance["seen"],
    ...changes,
  };
  return instance as Instance;
}

test("why a workload failed is shown until another copy says something else", () => {
  const released = anInstance({
    ...wordsOfRelease(anInstance(), "workload_failed"),
    reason: "workload_failed",
  });
  expect(released).toMatchObject({ status: "FAILED", status_detail: why });
  const gone = {
    ...released,
    seen: { status: "UNDEPLOYED", status_detail: "" } as Instance["seen"],
  };
  const waiting = { ...gone, ...wordsAfterRelease(gone, "workload_failed", true) };
  expect(waiting).toMatchObject({ status: "FAILED", status_detail: why });
  const refused = { ...waiting, ...wordsWithoutPlace(waiting, skipped) };
  expect(refused).toMatchObject({ status: "FAILED", status_detail: why });
  expect(wordsWithoutPlace(refused, skipped)).toMatchObject({ status: "FAILED" });
});

test("a worker that was drained is no failure of the workload", () => {
  const drained = { status: "DEAD", status_detail: "The worker was drained." } as Instance["seen"];
  const instance = anInstance({ seen: drained });
  const words = wordsOfRelease(instance, "workload_failed");
  expect(words.status).toBe("NODE_SCHEDULED");
  const released = { ...instance, ...words, reason: "workload_failed" };
  expect(wordsAfterRelease(released, "workload_failed", true).status).toBe("REQUESTED");
});

test("a refusal is shown when nothing failed before, or when it is about something else", () => {
  const { status, detail, reason } = skipped;
  expect(wordsWithoutPlace(anInstance(), skipped)).toEqual({
    status,
    status_detail: detail,
    reason,
  });
  const failed = anInstance({ status: "FAILED", reason: "workload_failed" });
  const lost = { ...skipped, reason: "hold_refused" };
  expect(wordsWithoutPlace(failed, lost).status).toBe(status);
});

test("a worker that was full is no failure of the workload, and lacks room as long as it is skipped", () => {
  const full = { status: "FAILED", status_detail: why, reason: "network_full" } as Instance["seen"];
  const instance = anInstance({ seen: full });
  const words = wordsOfRelease(instance, "worker_full");
  expect(words).toEqual({
    status: "NODE_SCHEDULED",
    status_detail: "The chosen worker had no address left for it",
  });
  const released = { ...instance, ...words, reason: "worker_full" };
  const waiting = { ...released, ...wordsAfterRelease(released, "worker_full", true) };
  expect(waiting).toMatchObject({ ...words, status: "REQUESTED" });
  const refused = { ...waiting, ...wordsWithoutPlace(waiting, skipped) };
  expect(refused).toMatchObject({ ...words, status: "NO_WORKER_CAPACITY" });
  expect(wordsWithoutPlace(refused, skipped)).toMatchObject({ status: "NO_WORKER_CAPACITY" });
});

test("success and deletion are told in their own words", () => {
  const completed = anInstance({
    ...wordsOfRelease(anInstance(), "completed"),
    reason: "completed",
  });
  expect(completed.status).toBe("COMPLETED");
  expect(wordsAfterRelease(completed, "completed", false).status).toBe("COMPLETED");
  expect(wordsAfterRelease(anInstance(), "deleted", false).status).toBe("UNDEPLOYED");
});
