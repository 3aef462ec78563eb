import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { execPath } from "node:process";
import { pathToFileURL } from "node:url";

/** Asks the package through its own route, so that nothing depends on how it stores its script. */
const extractor = `
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
const [framework, reference] = process.argv.slice(1);
const { fastify } = createRequire(framework)(framework);
const { default: plugin } = await import(reference);
const app = fastify();
await app.register(plugin, { routePrefix: "/ui", configuration: { url: "/" } });
const { statusCode, rawPayload } = await app.inject("/ui/js/scalar.js");
if (statusCode !== 200) throw new Error("status " + statusCode);
process.stdout.write(gzipSync(rawPayload));
`;

const largestScriptBytes = 32 * 1024 * 1024;

/**
 * The script of the API reference page, gzipped (about 1.3 MB). The package that holds it takes some
 * 30 MB once imported, and memory that was used for a moment is not given back; hence a process of its
 * own that lives for half a second.
 */
export function extractReferenceScript(): Promise<Buffer> {
  const { resolve } = createRequire(import.meta.url);
  const framework = resolve("fastify");
  const reference = pathToFileURL(resolve("@scalar/fastify-api-reference")).href;
  const args = ["--input-type=module", "--eval", extractor, framework, reference];
  const options = { encoding: "buffer", maxBuffer: largestScriptBytes, env: {} } as const;
  return new Promise((fulfil, reject) => {
    execFile(execPath, args, options, (error, stdout) => {
      if (error === null) fulfil(stdout);
      else reject(new Error("The API reference cannot be loaded", { cause: error }));
    });
  });
}
