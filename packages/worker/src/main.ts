import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { netManagerCommand } from "./net-manager-command.ts";
import { nodeEngineCommand } from "./node-engine-command.ts";
import type { World } from "./world.ts";

/** Above this file it is that of the installation, and in a checkout that of the package. */
async function version(): Promise<string> {
  const description = await readFile(new URL("../package.json", import.meta.url), "utf8");
  return String((JSON.parse(description) as { version: unknown }).version);
}

const world: World = {
  // The installer has it write the settings aside first.
  root: process.env["WORKER_ROOT"] ?? "/",
  run: async ([program = "", ...args], env = {}) => {
    const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...env } });
    // Ctrl-C reaches the program from the terminal: it decides how this ends.
    const ignore = (): void => undefined;
    process.on("SIGINT", ignore);
    try {
      const [code] = (await once(child, "close")) as [number | null];
      return code ?? 130;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return 127;
      throw error;
    } finally {
      process.off("SIGINT", ignore);
    }
  },
  read: () => text(process.stdin),
  print: (words) => process.stdout.write(words),
  complain: (words) => process.stderr.write(words),
};

const [command, ...given] = process.argv.slice(2);
const run = command === "NetManager" ? netManagerCommand : nodeEngineCommand;
process.exitCode = await run(world, await version(), given);
