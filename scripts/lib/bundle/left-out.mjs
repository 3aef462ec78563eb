/**
 * Parts of packages that no program uses and that would cost memory in each of them, as a regular expression for the path of
 * the file and what stands in its place.
 *
 * @type {readonly { path: RegExp, contents: string }[]}
 */
const leftOut = [
  // Docker over SSH, and the sessions of image builds: 8 MB of a loaded process, for engines on this machine only.
  { path: /\/docker-modem\/lib\/ssh\.js$/, contents: refusal("Docker over SSH") },
  { path: /\/dockerode\/lib\/session\.js$/, contents: refusal("A session of Docker's builder") },
  { path: /\/dockerode\/lib\/buildkit\.js$/, contents: refusal("Docker's builder") },
  // Messages of validation in fifty languages.
  { path: /\/zod\/v4\/locales\/index\.js$/, contents: 'export { default as en } from "./en.js";' },
];

/** The module that takes the script of the API reference from the package that holds it, which is no part of a bundle. */
const referenceScript = /packages\/kit\/src\/http\/reference-script\.ts$/;

/** Beside the programs that serve it. */
export const referenceFile = "api-reference.js.gz";

const readReference = `
import { readFile } from "node:fs/promises";
export const extractReferenceScript = () => readFile(new URL("${referenceFile}", import.meta.url));
`;

/** @type {import("esbuild").Plugin} */
export const replaceParts = {
  name: "replace-parts",
  setup: (build) => {
    for (const { path, contents } of [
      ...leftOut,
      { path: referenceScript, contents: readReference },
    ]) {
      build.onLoad({ filter: path }, () => ({ contents }));
    }
  },
};

/** @param {string} what */
function refusal(what) {
  return `module.exports = () => { throw new Error(${JSON.stringify(`${what} is not part of this program`)}); };`;
}
