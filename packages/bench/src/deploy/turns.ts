import { setTimeout as delay } from "node:timers/promises";
import type { BenchContext } from "../bench.ts";
import { describeLoad, waitForQuiet } from "../report/machine.ts";
import type { Contender, DeploySample } from "./sample.ts";

const warmUps = 3;
/** Docker finishes some work after it said that a container is gone. */
const restMs = 150;

export interface Turns {
  /** of each contender, an even number */
  samples: number;
  /** for which a quiet moment is awaited before each round */
  patienceMs?: number;
}

/** A, B, B, A …: whatever slows the machine for a while hits all of them. */
export async function measureInTurns(
  contenders: readonly Contender[],
  { samples, patienceMs }: Turns,
  { signal, say }: Pick<BenchContext, "signal" | "say">,
): Promise<DeploySample[]> {
  const results: DeploySample[] = [];
  const measure = async (contender: Contender): Promise<DeploySample> => {
    signal.throwIfAborted();
    const sample = await contender.measure();
    await delay(restMs, undefined, { signal });
    return sample;
  };
  for (let count = 0; count < warmUps; count += 1) {
    for (const contender of contenders) await measure(contender);
  }
  const round = [...contenders, ...contenders.toReversed()];
  for (let number = 0; number < samples / 2; number += 1) {
    const foreignLoad = await waitForQuiet(signal, patienceMs);
    for (const contender of round) results.push(await measure(contender));
    if (number % 5 !== 0) continue;
    say(`${results.length} of ${contenders.length * samples} · ${describeLoad(foreignLoad)}`);
  }
  return results;
}

export const toRow = (sample: DeploySample): Record<string, string | number> => ({ ...sample });
