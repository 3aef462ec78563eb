import { parseArgs } from "node:util";
import { runSimulation } from "./run-simulation.ts";

/** `sim [--seeds N] [--seed FIRST] [--trace]`: runs N seeds and prints those that broke a promise. */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
  },
});
const first = Number(values.seed);
const count = Number(values.seeds);
const startedMs = performance.now();
let failed = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const result = await runSimulation(
    seed,
    values.trace ? { trace: (line) => void process.stdout.write(`${line}\n`) } : {},
  );
  if (result.violations.length === 0) continue;
  failed += 1;
  process.stdout.write(`seed ${seed}: ${result.violations.join("; ")}\n`);
  process.stdout.write(`  replay: npm run sim -- --seeds 1 --seed ${seed}\n`);
}
const seconds = (performance.now() - startedMs) / 1000;
const rate = Math.round((count / seconds) * 60);
process.stdout.write(
  `${count} seeds, ${failed} failed, ${seconds.toFixed(1)} s, ${rate} a minute\n`,
);
process.exitCode = failed === 0 ? 0 : 1;
