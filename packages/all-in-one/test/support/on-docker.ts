import Docker from "dockerode";
import { type TestAPI, test } from "vitest";

export const docker = new Docker();

const isThere = await docker.ping().then(
  () => true,
  () => false,
);

/** Whether tests that need a Docker Engine run, for what they share. */
export const runsOnDocker = isThere || process.env["TEST_DOCKER"] === "required";

/**
 * A test that needs a Docker Engine: skipped where there is none, unless TEST_DOCKER says that there has
 * to be one; then it fails.
 */
export const testOnDocker = test.skipIf(!runsOnDocker) as TestAPI;

/** Starting and killing whole systems takes its time, above all beside other tests on a small machine. */
export const SYSTEM_TEST_MS = 120_000;
