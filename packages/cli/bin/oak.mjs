#!/usr/bin/env node
// What the package manager links as `oak`: it has to be there before anything is compiled.
import { existsSync } from "node:fs";

const program = new URL("../dist/main.js", import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write("oak is not compiled yet: run `npm run build` first\n");
  process.exitCode = 1;
}
