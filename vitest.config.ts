import { defineConfig } from "vitest/config";
import { TestOrder } from "./scripts/lib/test-order.mjs";

const conditions = ["oak-source", "node", "import", "default"];

/** Each of these files has a process of its own: tests start processes, containers or namespaces, or make a whole API document. */
const systems = [
  "net-manager/test/**/*.test.ts",
  "node-engine/test/**/*.test.ts",
  "root-orchestrator/system-manager/test/openapi/*.test.ts",
  "packages/{all-in-one,bench,cli,netlink,testkit,worker}/test/**/*.test.ts",
  "scripts/test/**/*.test.ts",
];
const notTests = ["**/node_modules/**", "**/dist/**"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: "forks",
    // Most tests of whole systems wait: two would leave a quarter of two cores idle.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    reporters: ["default"],
    unstubEnvs: true,
    sequence: { sequencer: TestOrder },
    projects: [
      {
        extends: true,
        test: {
          name: "parts",
          include: ["**/src/**/*.test.ts", "**/test/**/*.test.ts"],
          exclude: [...notTests, ...systems],
          // Loading the same modules for each file anew would take more of the processor than the tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "systems",
          include: systems,
          exclude: notTests,
          globalSetup: ["packages/testkit/test/global-setup.ts"],
        },
      },
    ],
  },
});
