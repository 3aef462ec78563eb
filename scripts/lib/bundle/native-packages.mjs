import { existsSync, readdirSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { SetupError } from "../run.mjs";

/** How Docker names an architecture, and how Node does. */
export const architectures = { amd64: "x64", arm64: "arm64" };

/**
 * @typedef {keyof typeof architectures} Architecture
 * @typedef {object} NativePackage
 * @property {string[]} files what it needs of its own files, beside package.json
 * @property {string} [bundle] one of its files that takes the packages with it on which it depends
 * @property {(cpu: string) => { name: string, keeps: RegExp }} binary the package with its machine code, and the files of this
 *   that Debian's C library and Node 20 or newer may load
 */

/** @type {Readonly<Record<string, NativePackage>>} */
const nativePackages = {
  lmdb: {
    files: [],
    bundle: "node-index.js",
    binary: (cpu) => ({
      name: `@lmdb/lmdb-linux-${cpu}`,
      // One for exactly Node 20, which is quicker, and one for all others.
      keeps: /^(index\.js|node\.(abi115|napi)(\.glibc)?\.node)$/,
    }),
  },
  koffi: {
    files: ["index.js", "src/koffi/index.js", "src/koffi/src/static.js"],
    binary: (cpu) => ({
      name: `@koromix/koffi-linux-${cpu}`,
      keeps: /^(index\.js|linux_\w+\/koffi\.node)$/,
    }),
  },
  "@node-rs/argon2": {
    files: ["index.js"],
    binary: (cpu) => ({ name: `@node-rs/argon2-linux-${cpu}-gnu`, keeps: /\.node$/ }),
  },
};

export const nativeNames = Object.keys(nativePackages);

/**
 * The files of a native package and of its machine code for one architecture, by their path below `node_modules`.
 *
 * @param {string} name one of {@link nativeNames}
 * @param {{ importer: string, architecture: Architecture }} options `importer`: the folder from which it is found
 * @returns {Promise<Map<string, Uint8Array>>}
 * @throws {SetupError} when the machine code of this architecture is not installed
 */
export async function filesOfNative(name, { importer, architecture }) {
  const native = nativePackages[name];
  const folder = await findPackage(name, importer);
  if (native === undefined || folder === undefined) {
    throw new SetupError(`${name} is not installed: run npm run build`);
  }
  const files = new Map();
  for (const file of ["package.json", ...native.files]) {
    files.set(join(name, file), await readFile(join(folder, file)));
  }
  if (native.bundle !== undefined) {
    files.set(join(name, native.bundle), await bundlePackage(join(folder, native.bundle)));
  }
  const { name: binary, keeps } = native.binary(architectures[architecture]);
  const binaryFolder = await findPackage(binary, folder);
  if (binaryFolder === undefined) throw new SetupError(missing(binary, architecture));
  for (const file of filesBelow(binaryFolder)) {
    if (file !== "package.json" && !keeps.test(file)) continue;
    files.set(join(binary, file), await readFile(join(binaryFolder, file)));
  }
  return files;
}

/** @param {string} entry */
async function bundlePackage(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["cbor-x", "msgpackr-extract"],
    banner: { js: requireBanner },
    legalComments: "none",
    logLevel: "warning",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${entry} could not be bundled`);
  return file.contents;
}

/** CommonJS inside an ES module asks for Node's own modules by these names. */
export const requireBanner = `import { createRequire as createRequireOfBundle } from "node:module";
const require = createRequireOfBundle(import.meta.url);
const __filename = import.meta.filename;
const __dirname = import.meta.dirname;`;

/**
 * Node's own search, without asking the package what it exports: package.json often is not.
 *
 * @param {string} name
 * @param {string} from
 */
async function findPackage(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return realpath(candidate);
    if (folder === dirname(folder)) return undefined;
  }
}

/** @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** @param {string} binary @param {Architecture} architecture */
function missing(binary, architecture) {
  const cpu = architectures[architecture];
  return `${binary} is not installed, so nothing can be bundled for ${architecture}: run npx pnpm@10.34.9 install --frozen-lockfile --os=linux --cpu=${cpu} --cpu=${process.arch}, or bundle on such a machine`;
}
