import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const probe = `
await import(process.argv[1]);
const { createRequire } = await import("node:module");
const loaded = Object.keys(createRequire(process.argv[1]).cache);
console.log(JSON.stringify(loaded));
`;

test("the package loads neither the framework nor the driver before they are used", async () => {
  const entry = fileURLToPath(new URL("../src/index.ts", import.meta.url));
  const args = ["--import", "tsx", "--input-type=module", "--eval", probe, entry];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const loaded: string[] = JSON.parse(stdout);
  const heavy = /node_modules\/(fastify|mongodb|undici|@fastify\/\w+)\//;
  expect(loaded.some((path) => path.includes("node_modules/pino/"))).toBe(true);
  expect(loaded.filter((path) => heavy.test(path))).toEqual([]);
});
