import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, runStep, SetupError } from "./run.mjs";

/** The floor of the libraries: below it the database driver does not load. */
const minimumNode = [20, 19];

/** @throws {SetupError} when this Node is too old */
export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = minimumNode;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new SetupError(
    `Node ${version} is too old: Node ${minimumNode.join(".")} or newer is needed (any later release of 20, 22 or 24 will do).`,
  );
}

/**
 * Installs the packages of the lockfile when they are absent or of another lockfile.
 *
 * @param {string} root the repository
 * @throws {SetupError} when the installation fails
 */
export async function installPackages(root) {
  const mark = join(root, "node_modules", ".installed-lockfile");
  const wanted = fingerprint(root);
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return;
  const why = existsSync(join(root, "node_modules"))
    ? "the lockfile is not the one of the last installation"
    : "node_modules is absent";
  const pnpm = await pnpmCommand(root);
  await runStep(
    { name: "packages", doing: `installing with ${pnpm.join(" ")}: ${why} (10 to 60 s)` },
    [
      ...pnpm,
      "install",
      "--frozen-lockfile",
      "--prefer-offline",
      "--reporter=append-only",
      // An outdated node_modules is replaced without asking: there may be no one to answer.
      "--config.confirmModulesPurge=false",
    ],
    { cwd: root },
  );
  writeFileSync(mark, wanted);
}

/**
 * Compiles what changed since the last time; silent when that is nothing.
 *
 * @param {string} root the repository
 * @throws {SetupError} with the faults that the compiler found
 */
export async function build(root) {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  await runStep(
    { name: "build", doing: "compiling TypeScript: sources changed (5 to 60 s)", quietMs: 2_000 },
    [process.execPath, compiler, "-b"],
    { cwd: root },
  );
}

/** What decides the contents of node_modules. @param {string} root */
function fingerprint(root) {
  const hash = createHash("sha256");
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml"]) {
    hash.update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

/**
 * The pnpm that package.json names: the one on the PATH when it is exactly this version, else by npx.
 *
 * @param {string} root
 * @returns {Promise<string[]>}
 */
async function pnpmCommand(root) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const version = /^pnpm@(\d+\.\d+\.\d+)/.exec(packageManager)?.[1];
  if (version === undefined)
    throw new SetupError("package.json does not name pnpm@<version> as packageManager");
  // Asked outside of the repository: inside, pnpm answers with the version that package.json asks for.
  const answer = await run(["pnpm", "--version"], { cwd: tmpdir() });
  if (answer.code === 0 && answer.output.trim() === version) return ["pnpm"];
  return ["npx", "--yes", `pnpm@${version}`];
}
