#!/usr/bin/env node
import { runCli } from "./cli.ts";
import { commands } from "./commands.ts";
import { createProcessIo } from "./process-io.ts";

// Whoever reads may stop reading: `oak events | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
}

process.exitCode = await runCli(process.argv.slice(2), commands, createProcessIo(process));
