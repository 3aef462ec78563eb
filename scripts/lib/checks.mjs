import { run, tail } from "./run.mjs";

/** Everything about the sources that is checked without running them, in the order of their cost. */
export const sourceChecks = [
  { name: "lint and format", command: ["biome", "check", "--error-on-warnings", "."] },
  {
    name: "import directions",
    command: [
      "depcruise",
      "--config",
      ".dependency-cruiser.cjs",
      "packages",
      "root-orchestrator",
      "cluster-orchestrator",
      "node-engine",
      "net-manager",
    ],
  },
  { name: "types of the sources", command: ["tsc", "-b"] },
  { name: "types of the tests", command: ["tsc", "-p", "tsconfig.tests.json"] },
  { name: "types of the scripts", command: ["tsc", "-p", "scripts/tsconfig.json"] },
];

/**
 * Runs the checks one after the other and prints a line for each, with the output of those that fail.
 * The tools are those of node_modules/.bin, which npm puts on the PATH.
 *
 * @param {string} root the repository
 * @param {{ name: string, command: string[] }[]} [checks]
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runChecks(root, checks = sourceChecks) {
  const env = { ...process.env, PATH: `${root}/node_modules/.bin:${process.env["PATH"]}` };
  let failed = 0;
  for (const check of checks) {
    const startedAt = Date.now();
    const { code, output } = await run(check.command, { cwd: root, env });
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    if (code === 0) {
      console.log(`ok      ${check.name} (${seconds} s)`);
      continue;
    }
    failed += 1;
    console.log(`FAILED  ${check.name} (${seconds} s): ${check.command.join(" ")}`);
    console.log(tail(output, 200));
  }
  return { passed: checks.length - failed, failed };
}
