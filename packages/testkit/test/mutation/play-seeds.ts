import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PLAYER_FLAGS } from "../../src/simulation/player-flags.ts";
import type { SimulationResult } from "../../src/simulation/run-simulation.ts";
import type { Disaster } from "../../src/simulation/scenario.ts";

/** One place of the sources, and what stands there instead. */
export interface Change {
  /** end of the path */
  file: string;
  from: string;
  to: string;
}

export interface Play {
  first: number;
  count: number;
  change?: Change;
  disaster?: Disaster;
  /** ends with the first seed that breaks a promise in words like these */
  until?: RegExp;
}

const program = fileURLToPath(new URL("../../dist/simulation/main.js", import.meta.url));
const hooks = new URL("./register-hooks.mjs", import.meta.url).href;

/**
 * Plays seeds in a process of their own, as they were compiled: with a roomy young generation, which halves the
 * work of the collector, and at full speed, which the module runner of the tests does not reach.
 */
export function playSeeds({
  first,
  count,
  change,
  disaster,
  until,
}: Play): Promise<SimulationResult[]> {
  const args = ["--seed", `${first}`, "--seeds", `${count}`, "--step", "1"];
  if (disaster !== undefined) args.push("--disaster", disaster);
  if (until !== undefined) args.push("--until", until.source);
  const mutation = change === undefined ? [] : ["--import", hooks];
  const child = fork(program, args, {
    execArgv: [...PLAYER_FLAGS, ...mutation],
    env: { ...process.env, ...(change === undefined ? {} : { MUTANT: JSON.stringify(change) }) },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  return new Promise((resolve, reject) => {
    const results: SimulationResult[] = [];
    let complaint = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-4000);
    });
    child.on("message", (result) => results.push(result as SimulationResult));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(results);
      else reject(new Error(`the simulation ended with code ${code}: ${complaint}`));
    });
  });
}
