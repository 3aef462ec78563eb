import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Who uses what, as files that name processes: whoever dies uses nothing any more. */
export interface ImageUsers {
  /** This process uses `name` until the answer is called. */
  add(name: string): () => void;
  isUsed(name: string): boolean;
  /** All that was ever used and is not forgotten yet. */
  names(): string[];
  forget(name: string): void;
}

export function createImageUsers(folder: string): ImageUsers {
  return {
    add: (name) => {
      const file = join(folder, name, `${process.pid}.${randomBytes(4).toString("hex")}`);
      mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(file, "");
      return () => rmSync(file, { force: true });
    },
    isUsed: (name) =>
      filesOf(join(folder, name)).some((file) => isAlive(Number.parseInt(file, 10))),
    names: () => filesOf(folder),
    forget: (name) => rmSync(join(folder, name), { recursive: true, force: true }),
  };
}

function filesOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
