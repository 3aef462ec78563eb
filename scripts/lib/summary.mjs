/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Summary
 * @typedef {{ status: string, assertionResults: { status: string }[] }} FileResult
 */

/**
 * Counts what vitest's JSON reporter wrote. A file that could not even be loaded has no tests in it
 * and counts as one failure; so does a run that failed for a reason that no test shows (an unhandled
 * rejection, no file found), lest a red run ends in "0 failed".
 *
 * @param {{ testResults: FileResult[] } | undefined} report undefined: vitest wrote none
 * @param {number} exitCode vitest's
 * @returns {Summary}
 */
export function summarize(report, exitCode) {
  const files = report?.testResults ?? [];
  const statuses = files.flatMap((file) => file.assertionResults.map(({ status }) => status));
  const count = (/** @type {string} */ wanted) => statuses.filter((it) => it === wanted).length;
  const passed = count("passed");
  const failed = count("failed") + files.filter(failedWithoutTest).length;
  const skipped = statuses.length - passed - count("failed");
  const isRed = exitCode !== 0 || report === undefined;
  return { passed, failed: failed === 0 && isRed ? 1 : failed, skipped };
}

/** @param {FileResult} file */
function failedWithoutTest({ status, assertionResults }) {
  return status === "failed" && !assertionResults.some((test) => test.status === "failed");
}

/**
 * The last line of a test run, made to be read by people and by scripts.
 *
 * @param {Summary} summary
 */
export function closingLine({ passed, failed, skipped }) {
  const line = `${passed} passed, ${failed} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}
