/**
 * The programs that are bundled, by the name of their folder in `build/`: the entry in the sources, and the name of the file that is
 * made of it. The names are those of the images, too.
 *
 * @type {Readonly<Record<string, { entry: string, file: string }>>}
 */
export const programs = {
  "system-manager": service("root-orchestrator/system-manager"),
  "root-network-manager": service("root-orchestrator/network-manager"),
  "resource-abstractor": service("packages/resource-abstractor"),
  scheduler: service("packages/scheduler"),
  "cluster-manager": service("cluster-orchestrator/cluster-manager"),
  "cluster-network-manager": service("cluster-orchestrator/network-manager"),
  "mqtt-broker": service("cluster-orchestrator/mqtt-broker"),
  "node-engine": service("node-engine"),
  "net-manager": service("net-manager"),
  worker: service("packages/worker"),
  oak: { entry: "packages/cli/src/main.ts", file: "oak.mjs" },
};

/**
 * Beside those: what the tests start as processes, and nobody gets as a bundle.
 *
 * @type {typeof programs}
 */
export const testPrograms = {
  "all-in-one": service("packages/all-in-one"),
  "embedded-mongo": service("packages/embedded-mongo"),
};

/** @param {string} folder */
function service(folder) {
  return { entry: `${folder}/src/main.ts`, file: "main.js" };
}
