import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

/** `resolv.conf` of all workloads of this worker, which see it as a bind mount. */
export interface ResolvFile {
  readonly path: string;
  /** Names the resolver; resolves when all workloads see it. */
  write(nameserver: string): Promise<void>;
}

export function createResolvFile(folder: string): ResolvFile {
  const file = path.join(folder, "resolv.conf");
  return {
    path: file,
    write: async (nameserver) => {
      const text = `nameserver ${nameserver}\n`;
      const present = await readFile(file, "utf8").catch(() => "");
      if (present !== text) {
        await mkdir(folder, { recursive: true });
        // In place: a mount shows the file that was there when it was made, not what is renamed over it.
        await writeFile(file, text);
      }
      // The folder of the state is its owner's; workloads may run as anybody, whatever the umask of the service.
      await chmod(file, 0o644);
    },
  };
}
