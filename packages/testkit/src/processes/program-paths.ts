import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The programs of the system and the folder of each in the repository. */
const folders = {
  "all-in-one": "packages/all-in-one",
  "resource-abstractor": "packages/resource-abstractor",
  scheduler: "packages/scheduler",
  "system-manager": "root-orchestrator/system-manager",
  "root-network-manager": "root-orchestrator/network-manager",
  "cluster-network-manager": "cluster-orchestrator/network-manager",
  "cluster-manager": "cluster-orchestrator/cluster-manager",
  "mqtt-broker": "cluster-orchestrator/mqtt-broker",
  "node-engine": "node-engine",
  "net-manager": "net-manager",
  "embedded-mongo": "packages/embedded-mongo",
} as const;

export type ProgramName = keyof typeof folders;

/**
 * The program as one file, in the folder TEST_PROGRAMS, which `npm test` makes for the whole suite: it starts in half of the time.
 * Else the compiled program; `npm test` and `npm run bench` build before they start.
 */
export function programPath(name: ProgramName): string {
  const bundles = process.env["TEST_PROGRAMS"];
  if (bundles !== undefined) return join(bundles, name, "main.js");
  // The same distance from `src` as from `dist`.
  const root = new URL("../../../../", import.meta.url);
  return fileURLToPath(new URL(`${folders[name]}/dist/main.js`, root));
}
