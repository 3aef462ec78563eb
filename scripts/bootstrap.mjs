#!/usr/bin/env node
// Installs what the commands of this repository need and is not there yet, and says so; silent when
// nothing is missing. Every npm script calls it first. It has no dependencies: it brings them.
//
//   node scripts/bootstrap.mjs [--no-build] [--docker | --docker=optional]
//
// --docker            a running Docker Engine and a static busybox, too
// --docker=optional   the same, but go on without where that is not possible
import { fileURLToPath } from "node:url";
import { ensureDocker } from "./lib/docker-engine.mjs";
import { build, checkNode, installPackages } from "./lib/packages.mjs";
import { runMain, SetupError } from "./lib/run.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const flags = new Set(process.argv.slice(2));

async function bootstrap() {
  checkNode();
  await installPackages(root);
  if (!flags.has("--no-build")) await build(root);
  if (flags.has("--docker")) await ensureDocker(root);
  if (flags.has("--docker=optional")) await tryDocker();
  return 0;
}

async function tryDocker() {
  try {
    await ensureDocker(root);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.log(`${error.message}\nDocker Engine: going on without it`);
  }
}

await runMain(bootstrap);
