import { spawn } from "node:child_process";

/** A fault of the set-up whose message is a sentence for the person at the terminal. */
export class SetupError extends Error {}

/** Somebody ended us: nothing more is started, and the exit code is the one of a death by this signal. */
export class InterruptedError extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`ended by ${signal}`);
    this.signal = signal;
  }
}

/**
 * The entry of a script: turns faults meant for people into one message and an exit code.
 *
 * @param {() => Promise<number>} main answers the exit code
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (error instanceof InterruptedError) process.exitCode = exitCodeOf(error.signal);
    else if (error instanceof SetupError) process.exitCode = 1;
    else throw error;
    console.error(error.message);
  }
}

/**
 * Runs one command to its end, capturing what it prints.
 *
 * A signal sent to this process goes on to the command. The same happens when the parent dies: npm
 * hands a SIGTERM to the shell between us only, and an installation must not live on by itself.
 *
 * @param {string[]} command program and arguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, inherit?: boolean, onLine?: (line: string) => void }} [options]
 *   `inherit` lets the command write to the terminal itself; nothing is captured then.
 * @returns {Promise<{ code: number, output: string }>} the code is 128 + n for a death by signal n,
 *   127 for a program that does not exist
 * @throws {InterruptedError} when this process was told to end meanwhile; the command has ended, too
 */
export function run(command, options = {}) {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    /** @type {"inherit" | "pipe"} */
    const out = options.inherit ? "inherit" : "pipe";
    /** @type {import("node:child_process").SpawnOptions} */
    const how = { cwd: options.cwd, env: options.env, stdio: ["ignore", out, out] };
    const child = spawn(program, args, how);
    let output = "";
    const take = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString("utf8");
      const line = lastLine(output);
      if (line !== "") options.onLine?.(line);
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    const release = passSignalsTo(child);
    child.once("error", (error) => {
      release();
      resolve({ code: 127, output: `${program}: ${error.message}` });
    });
    child.once("close", (code, signal) => {
      const received = release();
      if (received !== undefined) reject(new InterruptedError(received));
      else resolve({ code: code ?? exitCodeOf(signal), output });
    });
  });
}

/**
 * Like `run`, with one line that says what happens and why before it starts, signs of life while it
 * runs, and how long it took. A command that ends well within `quietMs` says nothing at all.
 *
 * @param {{ name: string, doing: string, quietMs?: number }} step
 * @param {string[]} command
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<void>}
 * @throws {SetupError} with the end of the output when the command fails
 */
export async function runStep(step, command, options = {}) {
  const startedAt = Date.now();
  const progress = showProgress(step);
  const { code, output } = await run(command, { ...options, onLine: progress.line }).finally(
    progress.end,
  );
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  if (code !== 0) {
    throw new SetupError(
      `${step.name}: failed after ${seconds} s (exit code ${code})\n${tail(output, 60)}`,
    );
  }
  if (progress.isAnnounced()) console.log(`${step.name}: done in ${seconds} s`);
}

/** The last `count` lines of a text, for the reason of a failure. @param {string} text @param {number} count */
export function tail(text, count) {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** @param {{ name: string, doing: string, quietMs?: number }} step */
function showProgress({ name, doing, quietMs = 0 }) {
  const startedAt = Date.now();
  const isTerminal = process.stdout.isTTY === true;
  let announced = false;
  let latest = "";
  const announce = () => {
    announced = true;
    console.log(`${name}: ${doing}`);
  };
  const tick = () => {
    if (!announced) return;
    const text = `${name}: ${Math.round((Date.now() - startedAt) / 1000)} s  ${latest}`;
    if (!isTerminal) console.log(text);
    else process.stdout.write(`\r\x1b[K${text.slice(0, (process.stdout.columns ?? 80) - 1)}`);
  };
  const timer = setInterval(tick, isTerminal ? 500 : 10_000);
  const opening = quietMs > 0 ? setTimeout(announce, quietMs) : undefined;
  if (quietMs === 0) announce();
  return {
    line: (/** @type {string} */ line) => {
      latest = line;
    },
    end: () => {
      clearTimeout(opening);
      clearInterval(timer);
      if (announced && isTerminal) process.stdout.write("\r\x1b[K");
    },
    isAnnounced: () => announced,
  };
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {() => NodeJS.Signals | undefined} stops passing, and tells which signal has come, if any
 */
function passSignalsTo(child) {
  const parent = process.ppid;
  /** @type {NodeJS.Signals | undefined} */
  let received;
  const onSignal = (/** @type {NodeJS.Signals} */ signal) => {
    received ??= signal;
    // Ctrl-C reaches the command from the terminal; twice means "at once" to many programs.
    if (signal === "SIGTERM" || !process.stdin.isTTY) child.kill(signal);
  };
  const orphanWatch = setInterval(() => {
    if (process.ppid !== parent && received === undefined) onSignal("SIGTERM");
  }, 500);
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return () => {
    clearInterval(orphanWatch);
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    return received;
  };
}

/** @param {NodeJS.Signals | null} signal */
function exitCodeOf(signal) {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };
  return (
    128 +
    (signal !== null && signal in numbers
      ? numbers[/** @type {keyof typeof numbers} */ (signal)]
      : 0)
  );
}

/** Terminal control sequences are of use to a terminal only. @param {string} text */
function lastLine(text) {
  const end = text.slice(-2000);
  const lines = stripEscapes(end).split(/[\r\n]+/);
  return lines.findLast((line) => line.trim() !== "")?.trim() ?? "";
}

/** @param {string} text */
function stripEscapes(text) {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g"), "");
}
