// @ts-check
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/**
 * Hooks for Node's module loader: TypeScript runs as it stands in the sources, with one place of one file
 * replaced if a mutant was given. So what is tested needs neither a build nor a switch of its own.
 *
 * @typedef {{ file: string, from: string, to: string }} Change
 */

/** @type {Change | undefined} */
let change;

/** @param {{ change: Change | undefined }} data */
export function initialize(data) {
  change = data.change;
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const source = await readFile(fileURLToPath(url), "utf8");
  const { outputText } = ts.transpileModule(changed(url, source), {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
    },
  });
  return { format: "module", source: outputText, shortCircuit: true };
}

/**
 * @param {string} url
 * @param {string} source
 */
function changed(url, source) {
  if (change === undefined || !url.endsWith(`/${change.file}`)) return source;
  const parts = source.split(change.from);
  if (parts.length !== 2) {
    throw new Error(`${change.file} has ${parts.length - 1} places like this one: ${change.from}`);
  }
  return parts.join(change.to);
}
