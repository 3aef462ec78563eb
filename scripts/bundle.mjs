#!/usr/bin/env node
// Makes `build/<program>/`: each program as one file, with the native packages that it needs beside it. Images and the worker's
// archive are made of it. It reads the sources and node_modules only, needs no network, and leaves untouched what is right already.
//
//   node scripts/bundle.mjs [--arch amd64|arm64] [--out FOLDER] [--source-maps] [program…]
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { programs, testPrograms } from "./lib/bundle/programs.mjs";
import { checkNode, installPackages } from "./lib/packages.mjs";
import { runMain, SetupError } from "./lib/run.mjs";

/** All that can be named; without a name it is those that have images or are in the worker's archive. */
const known = { ...programs, ...testPrograms };
const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

await runMain(async () => {
  const { architecture, out, sourceMaps, names } = readOptions();
  checkNode();
  await installPackages(root);
  const startedAt = Date.now();
  // What they import may have been installed only now.
  const { bundlePrograms } = await import("./lib/bundle/bundle-programs.mjs");
  const { extractReferenceScript } = await import("./lib/bundle/reference.mjs");
  const { writeFolder } = await import("./lib/bundle/write-folder.mjs");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  /** @type {Promise<Uint8Array> | undefined} */
  let reference;
  const loadReference = () => {
    reference ??= extractReferenceScript(root);
    return reference;
  };
  const options = { root, version, architecture, sourceMaps, loadReference };
  const chosen = names.flatMap((name) => {
    const program = known[name];
    return program === undefined ? [] : [{ name, ...program }];
  });
  const bundles = await bundlePrograms(chosen, options);
  // Only now: what cannot be bundled leaves everything as it was.
  const changed = [];
  for (const { name, files } of bundles) {
    if (await writeFolder(join(out, name), files)) changed.push(name);
  }
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  const what = changed.join(", ") || "nothing changed";
  console.log(`bundles for ${architecture} in ${out}: ${what} (${seconds} s)`);
  return 0;
});

/**
 * @returns {{ architecture: import("./lib/bundle/native-packages.mjs").Architecture, out: string, sourceMaps: boolean, names: string[] }}
 */
function readOptions() {
  const { values, positionals } = parse();
  const architecture = values.arch ?? (process.arch === "arm64" ? "arm64" : "amd64");
  if (architecture !== "amd64" && architecture !== "arm64") {
    throw new SetupError(`--arch ${architecture}: amd64 and arm64 are possible`);
  }
  const unknown = positionals.find((name) => known[name] === undefined);
  if (unknown !== undefined) {
    throw new SetupError(`${unknown}: the programs are ${Object.keys(known).join(", ")}`);
  }
  const all = Object.keys(programs).filter((name) => existsSync(join(root, entryOf(name))));
  return {
    architecture,
    out: resolve(values.out ?? join(root, "build")),
    sourceMaps: values["source-maps"],
    names: positionals.length === 0 ? all : positionals,
  };
}

/** @param {string} name */
function entryOf(name) {
  return programs[name]?.entry ?? "";
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        arch: { type: "string" },
        out: { type: "string" },
        "source-maps": { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new SetupError(error instanceof Error ? error.message : String(error));
  }
}
