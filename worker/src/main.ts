import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { netManagerCommand } from "./net-manager-command.ts";
import { nodeEngineCommand } from "./node-engine-command.ts";
import type { World } from "./world.ts";

/** Of the installation; beside this file when it is bundled, absent in a checkout. */
async function version(): Promise<string> {
  const file = new URL("../VERSION", import.meta.url);
  return (await readFile(file, "utf8").catch(() => "unknown")).trim();
}

const world: World = {
  root: "/",
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
  print: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
};

const [command, ...words] = process.argv.slice(2);
const run = command === "NetManager" ? netManagerCommand : nodeEngineCommand;
process.exitCode = await run(world, await version(), words);
