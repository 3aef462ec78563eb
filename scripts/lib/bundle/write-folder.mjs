import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * Makes a folder hold exactly these files. A file that is right already is not touched, and one that is not is replaced at
 * once: whoever reads the folder meanwhile, another run of the same command for one, never finds half a file.
 *
 * @param {string} folder
 * @param {ReadonlyMap<string, Uint8Array>} files by their path in the folder
 * @returns {Promise<boolean>} whether anything changed
 */
export async function writeFolder(folder, files) {
  let isChanged = false;
  for (const [path, contents] of files) {
    const file = join(folder, path);
    if (await holds(file, contents)) continue;
    isChanged = true;
    await mkdir(dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.part`;
    await writeFile(temporary, contents, { mode: isScript(contents) ? 0o755 : 0o644 });
    await rename(temporary, file);
  }
  for (const path of filesIn(folder)) {
    if (files.has(path) || path.endsWith(".part")) continue;
    isChanged = true;
    await rm(join(folder, path), { force: true });
  }
  return isChanged;
}

/** @param {string} file @param {Uint8Array} contents */
async function holds(file, contents) {
  try {
    return (await readFile(file)).equals(contents);
  } catch {
    return false;
  }
}

/** Whether it begins with `#!`. @param {Uint8Array} contents */
function isScript(contents) {
  return contents[0] === 0x23 && contents[1] === 0x21;
}

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
