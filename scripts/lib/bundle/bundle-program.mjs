import { dirname, join } from "node:path";
import { build } from "esbuild";
import { referenceFile, replaceParts } from "./left-out.mjs";
import { filesOfNative, nativeNames, requireBanner } from "./native-packages.mjs";

/**
 * @typedef {object} BundleOptions
 * @property {string} root the repository
 * @property {string} version
 * @property {import("./native-packages.mjs").Architecture} architecture
 * @property {boolean} sourceMaps
 * @property {() => Promise<Uint8Array>} loadReference the script of the API reference, gzipped
 */

/**
 * One program with everything that it needs: an ES module, and beside it what cannot be part of one file.
 *
 * @param {{ name: string, entry: string, file: string }} program
 * @param {BundleOptions} options
 * @returns {Promise<{ name: string, files: Map<string, Uint8Array> }>} the files of its folder, by their path in it
 */
export async function bundleProgram(program, options) {
  const { root, architecture } = options;
  const result = await build({
    ...settings(options),
    absWorkingDir: root,
    entryPoints: [program.entry],
    outfile: program.file,
    plugins: [replaceParts],
  });
  /** @type {Map<string, Uint8Array>} */
  const files = new Map();
  for (const { path, contents } of result.outputFiles) {
    files.set(path.slice(root.length + 1), contents);
  }
  files.set("package.json", packageJson(program.name, options.version));
  // What is imported and never called is not in it.
  const main = result.outputFiles.find(({ path }) => path.endsWith(program.file));
  if (main?.text.includes(referenceFile)) files.set(referenceFile, await options.loadReference());
  for (const [native, importer] of nativesOf(result.metafile)) {
    const from = join(root, dirname(importer));
    const found = await filesOfNative(native, { importer: from, architecture });
    for (const [path, contents] of found) files.set(join("node_modules", path), contents);
  }
  return { name: program.name, files };
}

/**
 * From the sources, so that nothing needs to be compiled before. Names stay, since stack traces consist of them.
 *
 * @param {BundleOptions} options
 * @returns {import("esbuild").BuildOptions & { write: false, metafile: true }}
 */
function settings({ sourceMaps }) {
  return {
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["oak-source"],
    minifySyntax: true,
    minifyWhitespace: true,
    // A line number that leads somewhere, and a message that does not print a megabyte.
    lineLimit: 200,
    legalComments: "none",
    sourcemap: sourceMaps ? "linked" : false,
    external: [...nativeNames, "cpu-features"],
    banner: { js: `${requireBanner}\n${endEarly}` },
    logLevel: "warning",
  };
}

/**
 * Nothing ends process 1 of a container by default. Until a program listens to SIGTERM itself, some tenths of a second into its
 * life, this ends it, so that nobody has to wait for Docker's patience to be over.
 */
const endEarly = `process.on("SIGTERM", function endEarly() {
  if (process.listenerCount("SIGTERM") === 1) process.exit(143);
});`;

/**
 * The native packages that a bundle imports, each with a source file from which it is found.
 *
 * @param {import("esbuild").Metafile} metafile
 */
function nativesOf({ inputs }) {
  /** @type {Map<string, string>} */
  const natives = new Map();
  for (const [importer, { imports }] of Object.entries(inputs)) {
    for (const { path, external } of imports) {
      if (external && nativeNames.includes(path)) natives.set(path, importer);
    }
  }
  return natives;
}

/** @param {string} name @param {string} version */
function packageJson(name, version) {
  const content = { name: `@oak/${name}`, version, license: "Apache-2.0", type: "module" };
  return Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
}
