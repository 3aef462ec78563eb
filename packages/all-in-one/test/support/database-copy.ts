import { cp, lstat, rm } from "node:fs/promises";

/** The files of a database that nobody has open, as they are now. */
export interface DatabaseCopy {
  /** Puts them back in the place of what is there now. */
  restore(): Promise<void>;
}

export async function copyDatabase(folder: string): Promise<DatabaseCopy> {
  const copy = `${folder}.copy`;
  await copyFiles(folder, copy);
  return {
    restore: async () => {
      await rm(folder, { recursive: true });
      await copyFiles(copy, folder);
    },
  };
}

/** A socket file, which a process that was killed leaves behind, is no data. */
function copyFiles(from: string, to: string): Promise<void> {
  return cp(from, to, {
    recursive: true,
    filter: async (file) => !(await lstat(file)).isSocket(),
  });
}
