#!/usr/bin/env node
import { runCli } from "./cli.ts";
import { commands } from "./commands.ts";
import { createProcessIo } from "./process-io.ts";

// Whoever reads may stop reading: `oak events | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit(0);
    if (stream === process.stdout)
      process.stderr.write(`oak: the output is not complete: ${message}\n`);
    process.exit(1);
  });
}

process.exitCode = await runCli(process.argv.slice(2), commands, createProcessIo(process));
