import type { Disaster } from "./scenario.ts";

/** What a person types to see one run again, line by line. */
export function replayCommand(seed: number, disaster?: Disaster): string {
  const flag = disaster === undefined ? "" : ` --disaster ${disaster}`;
  return `npm run sim -- --seeds 1 --seed ${seed}${flag} --trace`;
}
