import { parseArgs } from "node:util";
import { runSimulation } from "./run-simulation.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
    disaster: { type: "string" },
  },
});
const first = Number(values.seed);
const count = Number(values.seeds);
const startedMs = performance.now();
/** `sim [--seeds N] [--seed FIRST] [--disaster restore|wipe] [--trace]`: prints the seeds that broke a promise. */
let failed = 0;
let virtual = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const result = await runSimulation(seed, {
    trace: values.trace ? (line) => void process.stdout.write(`${line}\n`) : undefined,
    disaster: values.disaster as never,
  });
  virtual += result.durationMs;
  if (result.violations.length === 0) continue;
  failed += 1;
  const disaster = values.disaster === undefined ? "" : ` --disaster ${values.disaster}`;
  process.stdout.write(`seed ${seed}: ${result.violations.join("; ")}\n`);
  process.stdout.write(`  replay: npm run sim -- --seeds 1 --seed ${seed}${disaster} --trace\n`);
}
const seconds = (performance.now() - startedMs) / 1000;
const rate = Math.round((count / seconds) * 60);
process.stdout.write(
  `${count} seeds, ${failed} failed, ${seconds.toFixed(1)} s, ${rate} a minute, ${(virtual / count / 1000).toFixed(1)} virtual s\n`,
);
process.exitCode = failed === 0 ? 0 : 1;
