#!/usr/bin/env node
// Makes the archive of a worker, `build/oak-worker_<version>_<architecture>.tar.gz`: its agents and commands as bundles, its units,
// and the installer. A machine that unpacks it needs Node and nothing of this repository.
//
//   node scripts/worker-archive.mjs [--arch amd64|arm64] [--out FOLDER]
//   node scripts/worker-archive.mjs --folder FOLDER     what is in the archive, unpacked
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { run, runMain, SetupError, tail } from "./lib/run.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const bundles = ["node-engine", "net-manager", "worker", "oak"];
/** What is copied as it is: from where in the repository, to where in the archive. */
const parts = [
  ["scripts/install-worker.sh", "install-worker.sh"],
  ["packages/worker/install", "install"],
  ["packages/worker/bin", "bin"],
  ["packages/worker/systemd", "systemd"],
  ["LICENSE", "LICENSE"],
];

await runMain(async () => {
  const { architecture, folder, out } = readOptions();
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (folder !== undefined) {
    await fill(folder, { architecture, version });
    console.log(`the worker ${version} for ${architecture} is in ${folder}`);
    return 0;
  }
  const name = `oak-worker_${version}_${architecture}`;
  const scratch = mkdtempSync(join(tmpdir(), "oak-worker-"));
  try {
    await fill(join(scratch, name), { architecture, version });
    mkdirSync(out, { recursive: true });
    const file = join(out, `${name}.tar.gz`);
    await pack(scratch, name, file);
    console.log(file);
    return 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

/** @param {string} folder @param {{ architecture: string, version: string }} what */
async function fill(folder, { architecture, version }) {
  mkdirSync(folder, { recursive: true });
  const bundle = [join(root, "scripts/bundle.mjs"), "--arch", architecture, "--out", folder];
  await runOrFail([process.execPath, ...bundle, ...bundles]);
  // The agents have no API reference to show.
  for (const name of bundles) rmSync(join(folder, name, "api-reference.js.gz"), { force: true });
  for (const [from = "", to = ""] of parts) {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    cpSync(join(root, from), join(folder, to), { recursive: true });
  }
  chmodSync(join(folder, "install-worker.sh"), 0o755);
  const description = { name: "oak-worker", version, license: "Apache-2.0", type: "module" };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(description, null, 2)}\n`);
  writeFileSync(join(folder, "ARCHITECTURE"), `${architecture}\n`);
}

/**
 * The same files make the same archive: no times, no owners, one order.
 *
 * @param {string} folder @param {string} name @param {string} file
 */
async function pack(folder, name, file) {
  const alike = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  const compress = ["--use-compress-program", "gzip --no-name --best"];
  await runOrFail(["tar", "-C", folder, ...alike, ...compress, "-cf", file, name]);
}

/** @param {string[]} command */
async function runOrFail(command) {
  const { code, output } = await run(command);
  if (code !== 0) throw new SetupError(tail(output, 20));
}

function readOptions() {
  const { values } = parse();
  return {
    architecture: values.arch ?? (process.arch === "arm64" ? "arm64" : "amd64"),
    folder: values.folder === undefined ? undefined : resolve(values.folder),
    out: resolve(values.out ?? join(root, "build")),
  };
}

function parse() {
  try {
    return parseArgs({
      options: {
        arch: { type: "string" },
        out: { type: "string" },
        folder: { type: "string" },
      },
    });
  } catch (error) {
    throw new SetupError(error instanceof Error ? error.message : String(error));
  }
}
