import { unlink } from "node:fs/promises";

/**
 * Deletes a socket file; it may be gone already. Not with `rm`: Node's `realpathSync` stops at the first
 * known folder while the last file that `rm` looked at was a socket, and imports that follow then miss
 * the symbolic links of `node_modules` (seen with Node 20.20).
 */
export async function removeSocketFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
