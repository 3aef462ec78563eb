// @ts-check
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/**
 * A hook for Node's module loader: of all that was compiled, one file is compiled anew with one place of its
 * source replaced. So what is tested needs no switch of its own.
 *
 * @typedef {{ file: string, from: string, to: string }} Change
 */

/** @type {Change | undefined} */
let change;

/** @param {{ change: Change }} data */
export function initialize(data) {
  change = data.change;
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, next) {
  const source = url.replace("/dist/", "/src/").replace(/\.js$/, ".ts");
  if (change === undefined || !source.endsWith(`/${change.file}`)) return next(url, context);
  const { outputText } = ts.transpileModule(
    changed(change, await readFile(fileURLToPath(source), "utf8")),
    {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    },
  );
  return { format: "module", source: outputText, shortCircuit: true };
}

/**
 * @param {Change} change
 * @param {string} source
 */
function changed({ file, from, to }, source) {
  const parts = source.split(from);
  if (parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} places like this one: ${from}`);
  }
  return parts.join(to);
}
