import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benches } from "./benches.ts";
import { runCli } from "./cli.ts";
import { createResultFolder } from "./report/result-folder.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // The second one is for people who cannot wait.
    if (interrupted.signal.aborted) process.exit(130);
    process.stderr.write("Stopping, and taking everything away (again: at once)\n");
    interrupted.abort();
  });
}

process.exitCode = await runCli(process.argv.slice(2), {
  benches,
  context: {
    say: (text) => console.log(text),
    results: createResultFolder(
      join(root, ".oak", "bench"),
      new Date().toISOString().replaceAll(/[:.]/g, "-"),
    ),
    signal: interrupted.signal,
  },
});
