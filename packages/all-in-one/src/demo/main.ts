import { parseArgs } from "node:util";
import { SAME_SIGNAL_MS } from "@oak/kit";
import { createDemo } from "./demo.ts";
import { createProgress } from "./progress.ts";

/** `npm run demo [-- --once] [--no-network]`: shows the main job; with `--once` it ends by itself. */
const values = readOptions();
const progress = createProgress(process.stdout);
const demo = createDemo(progress, { isNetworked: !values["no-network"] });
const interrupted = new AbortController();

let interruptedAtMs = 0;

const untilInterrupted = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // npm passes on what its whole group got: the same Ctrl-C once more. A later one is for people who cannot wait.
      if (interrupted.signal.aborted) {
        if (performance.now() - interruptedAtMs >= SAME_SIGNAL_MS) process.exit(130);
        return;
      }
      interruptedAtMs = performance.now();
      interrupted.abort();
      resolve();
    });
  }
});

try {
  await Promise.race([demo.run(interrupted.signal), untilInterrupted]);
  if (!values.once && !interrupted.signal.aborted) {
    progress.say("\nRunning until Ctrl-C");
    await untilInterrupted;
  }
} catch (error) {
  if (!interrupted.signal.aborted) {
    process.exitCode = 1;
    process.stderr.write(
      `The demo failed: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
} finally {
  await demo.clean();
}
process.exit();

function readOptions(): { once: boolean; "no-network": boolean } {
  try {
    return parseArgs({
      options: {
        once: { type: "boolean", default: false },
        "no-network": { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.stderr.write("npm run demo [-- --once] [--no-network]\n");
    process.exit(2);
  }
}
