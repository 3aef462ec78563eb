/** Imports point one way: contracts <- core <- kit <- services; no service sees another. */
const services = [
  "packages/resource-abstractor",
  "packages/scheduler",
  "root-orchestrator/[^/]+",
  "cluster-orchestrator/[^/]+",
  "node-engine",
  "net-manager",
  "packages/worker",
];
const lower = (name, allowed) => ({
  name: `${name}-sees-only-lower-layers`,
  severity: "error",
  from: { path: `^packages/${name}/src` },
  to: {
    path: "^(packages|root-orchestrator|cluster-orchestrator|node-engine|net-manager)/",
    pathNot: `^packages/(${[name, ...allowed].join("|")})/`,
  },
});

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      comment: "types may refer to each other; code may not",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    lower("contracts", []),
    lower("core", ["contracts"]),
    lower("kit", ["contracts", "core"]),
    lower("embedded-mongo", ["contracts", "core", "kit"]),
    lower("tier", ["contracts", "core", "kit"]),
    lower("netlink", []),
    lower("cli", ["contracts", "core", "kit"]),
    ...services.map((service) => ({
      name: `no-service-sees-another: ${service}`,
      severity: "error",
      from: { path: `^(${service})/src` },
      to: {
        path: `^(${services.join("|")}|packages/(all-in-one|testkit|bench))/`,
        pathNot: "^$1/",
      },
    })),
    {
      name: "core-is-pure",
      comment: "decisions have no clock, no I/O, no logger",
      severity: "error",
      from: { path: "^packages/core/src", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core", "npm"], pathNot: "node_modules/zod" },
    },
    {
      name: "not-to-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ["oak-source", "import", "node", "default"],
      exportsFields: ["exports"],
    },
  },
};
