import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PLAYER_FLAGS } from "./player-flags.ts";
import { replayCommand } from "./replay-command.ts";
import { runSimulation, type SimulationResult } from "./run-simulation.ts";
import { DISASTERS, type Disaster } from "./scenario.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const HELP = `sim [--seeds N] [--seed FIRST] [--disaster KIND] [--until WORDS] [--trace]

Plays N seeds (1000) from FIRST (1) on all cores, and prints those that broke a promise.

  --disaster KIND  what happens to a database in each: ${DISASTERS.join(", ")}
  --until WORDS    ends with the first seed that breaks a promise in words that match this expression
  --trace          prints the whole story of each`;

const options = {
  seeds: { type: "string", default: "1000" },
  seed: { type: "string", default: "1" },
  disaster: { type: "string" },
  trace: { type: "boolean", default: false },
  until: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
  /** used by this program for its own children */
  step: { type: "string" },
} as const;

/** What was asked for; ends the program when that cannot be played. */
function readArguments() {
  try {
    const { values } = parseArgs({ options });
    return {
      ...values,
      count: wholeNumber("seeds", values.seeds),
      first: wholeNumber("seed", values.seed),
      disaster: disasterOf(values.disaster),
      until: values.until === undefined ? undefined : new RegExp(values.until),
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${HELP}\n`);
    process.exit(64);
  }
}

function disasterOf(text: string | undefined): Disaster | undefined {
  const found = DISASTERS.find((known) => known === text);
  if (text === undefined || found !== undefined) return found;
  throw new Error(`--disaster ${text}: one of ${DISASTERS.join(", ")}`);
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`--${flag} ${text}: a whole number is needed`);
}

const { count, first, disaster, until, ...values } = readArguments();

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
    execArgv: [...process.execArgv, ...PLAYER_FLAGS],
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

if (values.help) print(HELP);
else if (values.step === undefined) await main();
else {
  await playAll(Number(values.step), (result) => process.send?.(result));
  process.disconnect?.();
}
