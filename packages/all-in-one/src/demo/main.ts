import { parseArgs } from "node:util";
import { createDemo } from "./demo.ts";
import { createProgress } from "./progress.ts";

/** `npm run demo [-- --once] [--no-network]`: shows the main job; with `--once` it ends by itself. */
const { values } = parseArgs({
  options: {
    once: { type: "boolean", default: false },
    "no-network": { type: "boolean", default: false },
  },
});
const progress = createProgress(process.stdout);
const demo = createDemo(progress, { isNetworked: !values["no-network"] });
const interrupted = new AbortController();

const untilInterrupted = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // The second one is for people who cannot wait.
      if (interrupted.signal.aborted) process.exit(130);
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
