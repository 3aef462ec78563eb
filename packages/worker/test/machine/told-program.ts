// A program that tells its service manager how it is, and whose main loop stands still from SIGUSR2 until a file is there.
import { existsSync, writeSync } from "node:fs";
import { createServiceManagerLink, createSilentLogger } from "@oak/kit";

const [awaited = ""] = process.argv.slice(2);
const standardOutput = 1;
const never = new Int32Array(new SharedArrayBuffer(4));

process.on("SIGUSR2", () => {
  writeSync(standardOutput, "still\n");
  while (!existsSync(awaited)) Atomics.wait(never, 0, 0, 20);
});
const { env, pid } = process;
const link = createServiceManagerLink({ env, pid, readiness: {}, logger: createSilentLogger() });
process.on("SIGTERM", () => {
  link.stop().finally(() => process.exit(0));
});
await link.start();
