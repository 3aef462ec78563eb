import { expect, test } from "vitest";
import { closingLine, summarize } from "../lib/summary.mjs";

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

test("passed, failed and skipped tests of all files are added up", () => {
  const report = {
    testResults: [file("passed", "passed", "pending"), file("failed", "failed", "passed", "todo")],
  };
  expect(summarize(report, 1)).toEqual({ passed: 2, failed: 1, skipped: 2 });
});

test("a file that could not be loaded counts as one failure", () => {
  expect(summarize({ testResults: [file("failed"), file("passed", "passed")] }, 1)).toEqual({
    passed: 1,
    failed: 1,
    skipped: 0,
  });
});

test("a red run without a failed test is a failure", () => {
  expect(summarize({ testResults: [file("passed", "passed")] }, 1).failed).toBe(1);
});

test("a run without a report is a failure even when it ended with 0", () => {
  expect(summarize(undefined, 0).failed).toBe(1);
});

test("the closing line names skipped tests only where there are some", () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});
