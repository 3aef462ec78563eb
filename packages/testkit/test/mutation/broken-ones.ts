import { replayCommand } from "../../src/simulation/replay-command.ts";
import type { SimulationResult } from "../../src/simulation/run-simulation.ts";
import type { Disaster } from "../../src/simulation/scenario.ts";

/** What went wrong, with the command that shows how. */
export function brokenOnes(results: readonly SimulationResult[], disaster?: Disaster): string[] {
  return results
    .filter(({ violations }) => violations.length > 0)
    .map(({ seed, violations }) => `${replayCommand(seed, disaster)}: ${violations.join("; ")}`);
}
