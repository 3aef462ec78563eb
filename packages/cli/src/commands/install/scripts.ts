import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a machine can be. */
export type Part = "root" | "cluster" | "worker" | "full";

/** By the file names of the repository's `scripts` folder, and of /opt/oak. */
export const scriptNames: Readonly<Record<Part, string>> = {
  root: "start-root.sh",
  cluster: "start-cluster.sh",
  full: "start-full.sh",
  worker: "install-worker.sh",
};

/** The first place that has it: the clone that was named, the one that this program is part of, /opt/oak. */
export function findScript(part: Part, repository: string | undefined): string | undefined {
  const name = scriptNames[part];
  return placesFor(repository)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

function placesFor(repository: string | undefined): string[] {
  const named = repository === undefined ? [] : [join(repository, "scripts"), repository];
  const folders: string[] = [];
  let folder = dirname(fileURLToPath(import.meta.url));
  // From dist/ or src/ of the package, and from build/oak, the repository is some folders up.
  for (let up = 0; up < 7; up += 1) {
    folders.push(join(folder, "scripts"));
    folder = dirname(folder);
  }
  return [...named, ...folders, "/opt/oak/scripts", "/opt/oak"];
}
