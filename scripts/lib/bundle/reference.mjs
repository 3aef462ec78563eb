import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/**
 * The script of the API reference, gzipped, as a service that is not bundled takes it from its package: by the same function.
 *
 * @param {string} root the repository
 * @returns {Promise<Uint8Array>}
 */
export async function extractReferenceScript(root) {
  const source = join(root, "packages/kit/src/http/reference-script.ts");
  const { outputFiles } = await build({
    entryPoints: [source],
    write: false,
    platform: "node",
    format: "esm",
    // It looks for packages from where it stands.
    define: { "import.meta.url": JSON.stringify(pathToFileURL(source).href) },
    logLevel: "warning",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${source} could not be compiled`);
  const module = await import(`data:text/javascript,${encodeURIComponent(file.text)}`);
  return module.extractReferenceScript();
}
