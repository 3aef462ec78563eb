#!/usr/bin/env node
import { runCli } from "./cli.ts";
import { commands } from "./commands.ts";

process.exitCode = await runCli(process.argv.slice(2), commands, {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  env: process.env,
  isTerminal: process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined,
});
