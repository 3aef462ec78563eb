import { open, rename } from "node:fs/promises";
import path from "node:path";

/**
 * Replaces a file so that after a power cut it has the old text or the new one, never half of it.
 * Resolves when the new one is on the disk. The mode is 0600.
 */
export async function writeDurably(file: string, text: string): Promise<void> {
  const aside = `${file}.tmp`;
  const handle = await open(aside, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(aside, file);
  await flushFolder(path.dirname(file));
}

/** A name in a folder is only sure once the folder itself is on the disk. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
