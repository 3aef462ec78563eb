import type { BenchContext } from "../bench.ts";
import { toFigure } from "../report/text-table.ts";
import type { Keeper } from "./keeper.ts";
import type { FailoverOptions } from "./options.ts";
import type { Death, FailoverSample } from "./report.ts";

export type RoundOptions = FailoverOptions & { timeoutS: number };

/** Lets each death happen to all keepers in turns: whatever slows the machine for a while hits all. */
export async function measureKeepers(
  keepers: readonly Keeper[],
  options: RoundOptions,
  { say, signal }: BenchContext,
): Promise<FailoverSample[]> {
  const samples: FailoverSample[] = [];
  const counts: Record<Death, number> = {
    workload: options.samples,
    silent: options.rounds,
    agent: options.rounds,
    power: options.rounds,
  };
  for (const death of Object.keys(counts) as Death[]) {
    if (!options.parts.includes(death)) continue;
    for (let round = 0; round < counts[death]; round += 1) {
      const inTurn = round % 2 === 0 ? keepers : keepers.toReversed();
      for (const keeper of inTurn) {
        signal.throwIfAborted();
        const value = await measureOnce(keeper, death);
        if (value === undefined) continue;
        const { timeoutS } = options;
        samples.push({
          death,
          keeper: keeper.name,
          isOurs: keeper === keepers[0],
          timeoutS,
          value,
        });
      }
    }
    say(`${death}: ${describeLast(samples, death, keepers)}`);
  }
  return samples;
}

/** undefined: this keeper has nothing of the kind */
async function measureOnce(keeper: Keeper, death: Death): Promise<number | undefined> {
  const measure = measureOf(keeper, death);
  if (measure === undefined) return undefined;
  await keeper.begin();
  try {
    return await measure();
  } finally {
    await keeper.end();
  }
}

function measureOf(keeper: Keeper, death: Death): (() => Promise<number>) | undefined {
  const { killAgent } = keeper;
  switch (death) {
    case "workload":
      return keeper.killWorkload;
    case "silent":
      return keeper.silence;
    case "power":
      return keeper.powerOff;
    case "agent":
      return killAgent && (async () => ((await killAgent()) ? 0 : 1));
  }
}

function describeLast(
  samples: readonly FailoverSample[],
  death: Death,
  keepers: readonly Keeper[],
): string {
  return keepers
    .map(({ name }) => {
      const last = samples.findLast((one) => one.death === death && one.keeper === name);
      return last === undefined ? undefined : `${name}: last ${toFigure(last.value)}`;
    })
    .filter((text) => text !== undefined)
    .join(", ");
}
