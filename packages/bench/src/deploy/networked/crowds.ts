import { setTimeout as delay } from "node:timers/promises";
import type { BenchContext } from "../../bench.ts";
import type { CrowdContender, CrowdSample } from "../sample.ts";

/** Deployments that are asked for at the same moment. */
export const crowdSize = 10;
/** Docker finishes some work after it said that the containers are gone. */
const restMs = 500;

/** In turns, forwards and backwards. */
export async function measureCrowds(
  contenders: readonly CrowdContender[],
  rounds: number,
  { signal }: Pick<BenchContext, "signal">,
): Promise<CrowdSample[]> {
  const samples: CrowdSample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      signal.throwIfAborted();
      samples.push(await contender.measureCrowd(crowdSize));
      await delay(restMs, undefined, { signal });
    }
  }
  return samples;
}
