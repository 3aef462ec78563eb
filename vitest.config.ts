import { defineConfig } from "vitest/config";

const conditions = ["oak-source", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["**/src/**/*.test.ts", "**/test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    pool: "forks",
    // Most tests of whole systems wait: two would leave a quarter of two cores idle.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    reporters: ["default"],
    globalSetup: ["packages/testkit/test/global-setup.ts"],
  },
});
