#!/usr/bin/env node
// Lint, format, import directions and types of everything; `npm run format` mends the first two.
import { fileURLToPath } from "node:url";
import { runChecks } from "./lib/checks.mjs";
import { runMain } from "./lib/run.mjs";

await runMain(async () => {
  const { failed } = await runChecks(fileURLToPath(new URL("..", import.meta.url)));
  return failed === 0 ? 0 : 1;
});
