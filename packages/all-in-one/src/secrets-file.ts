import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newToken } from "@oak/kit";
import { z } from "zod";

const Secrets = z.object({
  rootTier: z.string().min(16),
  clusterTier: z.string().min(16),
  clusterJoin: z.string().min(16),
  workerJoin: z.string().min(16),
});
/** What the parts of one machine prove themselves with. */
export type Secrets = z.infer<typeof Secrets>;

/**
 * Secrets of this installation, made at the first start. They lie beside the database, not in it, so that
 * a database that is lost or restored does not lock the parts out of each other.
 * @throws when the file is there but cannot be read
 */
export async function loadSecrets(dataDir: string): Promise<Secrets> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, "secrets.json");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text !== undefined) return Secrets.parse(JSON.parse(text));
  const made: Secrets = {
    rootTier: newToken(),
    clusterTier: newToken(),
    clusterJoin: newToken(),
    workerJoin: newToken(),
  };
  // Whole or not at all: half a file would lock everybody out at the next start.
  await writeFile(`${path}.new`, `${JSON.stringify(made, null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  });
  await rename(`${path}.new`, path);
  return made;
}
