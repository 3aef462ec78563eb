import { basename, dirname, extname, join } from "node:path";
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
 * @typedef {import("esbuild").BuildResult<{ write: false, metafile: true }>} Result
 */

/**
 * @typedef {{ name: string, entry: string, file: string }} Program
 * @typedef {{ name: string, files: Map<string, Uint8Array> }} Bundle the files of its folder, by their path in it
 */

/**
 * Each program with everything that it needs: an ES module, and beside it what cannot be part of one file.
 *
 * @param {readonly Program[]} programs
 * @param {BundleOptions} options
 * @returns {Promise<Bundle[]>}
 */
export async function bundlePrograms(programs, options) {
  // Together, since what they share is read once then; the extension is one for a whole build.
  const extensions = [...new Set(programs.map(({ file }) => extname(file)))];
  const bundles = await Promise.all(
    extensions.map((extension) => {
      const same = programs.filter(({ file }) => extname(file) === extension);
      return bundleTogether(same, extension, options);
    }),
  );
  return bundles.flat();
}

/**
 * @param {readonly Program[]} programs
 * @param {string} extension of the file of each
 * @param {BundleOptions} options
 * @returns {Promise<Bundle[]>}
 */
async function bundleTogether(programs, extension, options) {
  const { root } = options;
  const result = await build({
    ...settings(options),
    absWorkingDir: root,
    entryPoints: programs.map(({ name, entry, file }) => ({
      in: entry,
      out: join(name, basename(file, extension)),
    })),
    outdir: root,
    outExtension: { ".js": extension },
    plugins: [replaceParts],
  });
  return Promise.all(programs.map((program) => collect(program, result, options)));
}

/**
 * @param {Program} program
 * @param {Result} result
 * @param {BundleOptions} options
 * @returns {Promise<Bundle>}
 */
async function collect({ name, file }, { outputFiles, metafile }, options) {
  const { root, architecture } = options;
  /** @type {Map<string, Uint8Array>} */
  const files = new Map();
  const folder = join(root, name, "/");
  for (const { path, contents } of outputFiles) {
    if (path.startsWith(folder)) files.set(path.slice(folder.length), contents);
  }
  files.set("package.json", packageJson(name, options.version));
  // What is imported and never called is not in it.
  const main = outputFiles.find(({ path }) => path === join(folder, file));
  if (main?.text.includes(referenceFile)) files.set(referenceFile, await options.loadReference());
  for (const [native, importer] of nativesOf(metafile, join(name, file))) {
    const from = join(root, dirname(importer));
    const found = await filesOfNative(native, { importer: from, architecture });
    for (const [path, contents] of found) files.set(join("node_modules", path), contents);
  }
  return { name, files };
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
 * The native packages that one bundle imports, each with a source file from which it is found.
 *
 * @param {import("esbuild").Metafile} metafile
 * @param {string} bundle its path in the metafile
 */
function nativesOf({ inputs, outputs }, bundle) {
  /** @type {Map<string, string>} */
  const natives = new Map();
  for (const importer of Object.keys(outputs[bundle]?.inputs ?? {})) {
    for (const { path, external } of inputs[importer]?.imports ?? []) {
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
