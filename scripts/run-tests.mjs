#!/usr/bin/env node
// The whole suite: brings what is missing, checks the sources, runs every test, and ends with the line
// `N passed, N failed`, in which a failed check counts like a failed test.
//
//   npm test                       everything
//   npm test -- packages/core      vitest's filters and options; the checks of all sources are left out
//
// Tests read TEST_DOCKER: `required` when real containers must run (always so with CI=true), `auto`
// when there is no Docker Engine and tests that need one skip themselves; and TEST_PROGRAMS: the folder with
// the bundles of the programs that they start; a single test starts what was compiled.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { programs, testPrograms } from "./lib/bundle/programs.mjs";
import { runChecks } from "./lib/checks.mjs";
import { ensureDocker } from "./lib/docker-engine.mjs";
import { build, checkNode, installPackages } from "./lib/packages.mjs";
import { run, runMain, runStep, SetupError } from "./lib/run.mjs";
import { closingLine, summarize } from "./lib/summary.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const vitestArguments = process.argv.slice(2);
const isWhole = vitestArguments.length === 0;
const bundles = join(root, "build", "test-programs");

/** @returns {Promise<import("./lib/summary.mjs").Summary>} */
async function runAll() {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const add = (/** @type {{ passed?: number, failed?: number, skipped?: number }} */ part) => {
    total.passed += part.passed ?? 0;
    total.failed += part.failed ?? 0;
    total.skipped += part.skipped ?? 0;
  };
  const isReady = await succeeds(async () => {
    checkNode();
    await installPackages(root);
  });
  if (!isReady) return { ...total, failed: 1 };
  const hasDocker = await succeeds(() => ensureDocker(root, { forTests: true }));
  const isDockerRequired = hasDocker || process.env["CI"] === "true";
  if (!hasDocker) {
    if (isDockerRequired) add({ failed: 1 });
    else console.log("Docker Engine: tests that need it will be skipped");
  }
  if (isWhole) add(await runChecks(root));
  // Tests of whole processes start what was compiled.
  else if (!(await succeeds(() => build(root)))) add({ failed: 1 });
  const isBundled = isWhole && (await succeeds(bundlePrograms));
  if (isWhole && !isBundled) add({ failed: 1 });
  const docker = isDockerRequired ? "required" : "auto";
  add(await runVitest({ TEST_DOCKER: docker, ...(isBundled && { TEST_PROGRAMS: bundles }) }));
  return total;
}

/**
 * A system of the tests is ten processes, started hundreds of times, and one file loads in half of the processor time that
 * the compiled modules take.
 */
async function bundlePrograms() {
  const names = Object.keys({ ...programs, ...testPrograms });
  await runStep(
    { name: "programs", doing: "bundling what the tests start (5 to 20 s)" },
    [process.execPath, join(root, "scripts", "bundle.mjs"), `--out=${bundles}`, ...names],
    { cwd: root },
  );
}

/** @param {Record<string, string>} env what the tests read */
async function runVitest(env) {
  const folder = mkdtempSync(join(tmpdir(), "test-report-"));
  const file = join(folder, "report.json");
  const entry = join(root, "node_modules", "vitest", "vitest.mjs");
  try {
    const { code } = await run(
      [
        process.execPath,
        entry,
        "run",
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${file}`,
        ...vitestArguments,
      ],
      { cwd: root, inherit: true, env: { ...process.env, ...env } },
    );
    return summarize(readReport(file), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined; // vitest ended before it could write one; its exit code tells the rest
  }
}

/** @param {() => Promise<void>} step @returns {Promise<boolean>} false after a failure, which it prints */
async function succeeds(step) {
  try {
    await step();
    return true;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    return false;
  }
}

await runMain(async () => {
  const summary = await runAll();
  console.log(`\n${closingLine(summary)}`);
  return summary.failed === 0 ? 0 : 1;
});
