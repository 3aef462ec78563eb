import Docker from "dockerode";
import { test } from "vitest";

export const docker = new Docker();

const isThere = await docker.ping().then(
  () => true,
  () => false,
);

/**
 * A test that needs a Docker Engine: skipped where there is none, unless TEST_DOCKER says that there has
 * to be one; then it fails.
 */
export const testOnDocker = test.skipIf(!isThere && process.env["TEST_DOCKER"] !== "required");

/** Whether such tests run, for what they share. */
export const runsOnDocker = isThere || process.env["TEST_DOCKER"] === "required";

/** Starting and killing whole systems takes its time, above all beside other tests on a small machine. */
export const SYSTEM_TEST_MS = 120_000;
