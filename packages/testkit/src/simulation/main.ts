import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { replayCommand } from "./replay-command.ts";
import { runSimulation, type SimulationResult } from "./run-simulation.ts";
import { DISASTERS } from "./scenario.ts";

/**
 * `sim [--seeds N] [--seed FIRST] [--disaster KIND] [--until WORDS] [--trace]`: plays N seeds on all cores and
 * prints those that broke a promise. `--trace` prints the whole story of each.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    disaster: { type: "string" },
    trace: { type: "boolean", default: false },
    /** ends with the first seed that breaks a promise, in words that match this expression */
    until: { type: "string" },
    /** used by this program for its own children */
    step: { type: "string" },
  },
});
const count = wholeNumber("seeds", values.seeds);
const first = wholeNumber("seed", values.seed);
const disaster = DISASTERS.find((known) => known === values.disaster);
if (values.disaster !== undefined && disaster === undefined) {
  throw new Error(`--disaster ${values.disaster}: one of ${DISASTERS.join(", ")}`);
}
const until = values.until === undefined ? undefined : new RegExp(values.until);

/**
 * Nearly everything that a run makes is garbage soon: with more room, less of it is copied before. A collector
 * with threads of its own would take the cores from the other parts.
 */
const CHILD_FLAGS = ["--max-semi-space-size=64", "--single-threaded-gc"];

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function playAll(step: number, onEnd: (result: SimulationResult) => void): Promise<void> {
  const trace = values.trace ? print : undefined;
  // Failures are the daily bread of a run, and where each was made is only told in its story.
  if (trace === undefined) Error.stackTraceLimit = 0;
  for (let seed = first; seed < first + count; seed += step) {
    const result = await runSimulation(seed, { trace, disaster });
    onEnd(result);
    if (until !== undefined && result.violations.some((words) => until.test(words))) return;
  }
}

/** A child plays every n-th seed and sends the results up. */
function startChild(offset: number, step: number): ChildProcess {
  const args = ["--seed", `${first + offset}`, "--seeds", `${count - offset}`, "--step", `${step}`];
  if (disaster !== undefined) args.push("--disaster", disaster);
  return fork(fileURLToPath(import.meta.url), args, {
    execArgv: [...process.execArgv, ...CHILD_FLAGS],
  });
}

function hasEnded(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a part of the run ended with code ${code}`));
    });
  });
}

async function main(): Promise<void> {
  const startedMs = performance.now();
  let failed = 0;
  const judge = ({ seed, violations }: SimulationResult): void => {
    if (violations.length === 0) return;
    failed += 1;
    print(`seed ${seed}: ${violations.join("; ")}`);
    print(`  replay: ${replayCommand(seed, disaster)}`);
  };
  const parts =
    values.trace || until !== undefined
      ? 1
      : Math.min(availableParallelism(), Math.ceil(count / 50));
  if (parts <= 1) await playAll(1, judge);
  else {
    const children = Array.from({ length: parts }, (_, offset) => startChild(offset, parts));
    for (const child of children) {
      child.on("message", (result) => judge(result as SimulationResult));
    }
    await Promise.all(children.map(hasEnded));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const rate = Math.round((count / seconds) * 60);
  print(`${count} seeds, ${failed} failed, ${seconds.toFixed(1)} s, ${rate} a minute`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`--${flag} ${text}: a whole number is needed`);
}

if (values.step === undefined) await main();
else {
  await playAll(Number(values.step), (result) => process.send?.(result));
  process.disconnect?.();
}
