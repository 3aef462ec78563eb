import type { Aim } from "../bench.ts";
import { toFigure, toTextTable } from "../report/text-table.ts";
import { type Quantiles, quantilesOf } from "../stats/quantiles.ts";
import { ratioOfMedians } from "../stats/ratio-of-medians.ts";
import { createSeededRandom } from "../stats/seeded-random.ts";

export type Death = "workload" | "silent" | "agent" | "power";

/** One death and what followed. */
export interface FailoverSample {
  death: Death;
  keeper: string;
  isOurs: boolean;
  timeoutS: number;
  /** milliseconds until a new process ran; of `agent`: 1 when the workload was touched, else 0 */
  value: number;
}

const meanings: Record<Exclude<Death, "agent">, string> = {
  workload: "workload killed",
  silent: "worker silent, elsewhere",
  power: "worker powered off, elsewhere",
};

export function describeSamples(samples: readonly FailoverSample[]): string {
  const rows = (Object.keys(meanings) as (keyof typeof meanings)[]).flatMap((death) =>
    keepersOf(samples, death).map((keeper) => {
      const { count, min, p50, p95, max } = quantilesOf(valuesOf(samples, death, keeper));
      const figures = [min, p50, p95, max].map(toFigure);
      return [`${meanings[death]} · ${keeper}`, ...figures, String(count)];
    }),
  );
  return toTextTable(["ms until a process runs again", "min", "p50", "p95", "max", "n"], rows);
}

/** How the restart of a workload compares with what the others need in the same rounds; "" without any. */
export function describeRatios(samples: readonly FailoverSample[]): string {
  const random = createSeededRandom(0);
  const restarts = samples.filter(({ death }) => death === "workload");
  const timeouts = [...new Set(restarts.map(({ timeoutS }) => timeoutS))];
  return timeouts
    .flatMap((timeoutS) => {
      const round = restarts.filter((one) => one.timeoutS === timeoutS);
      const ours = round.filter(({ isOurs }) => isOurs).map(({ value }) => value);
      const others = keepersOf(round, "workload").slice(1);
      return others.map((keeper) => {
        const { value, low, high } = ratioOfMedians(
          ours,
          valuesOf(round, "workload", keeper),
          random,
        );
        const interval = `(95 % CI ${low.toFixed(2)}–${high.toFixed(2)})`;
        return `workload killed, this system: ${value.toFixed(2)} × ${keeper} ${interval}`;
      });
    })
    .join("\n");
}

/** "" when no agent was killed. */
export function describeMoves(samples: readonly FailoverSample[]): string {
  return keepersOf(samples, "agent")
    .map((keeper) => {
      const values = valuesOf(samples, "agent", keeper);
      const touched = values.reduce((sum, value) => sum + value, 0);
      return `agent killed · ${keeper}: ${touched} of ${values.length} workloads touched`;
    })
    .join("\n");
}

/** From the last word of a worker to a process elsewhere: its timeout and half a second. */
const allowanceMs = 500;
const workloadMs = 150;

/** What is wanted of one kind of death, from the figures of its samples. */
const wishes: Readonly<Partial<Record<Death, (values: Quantiles, timeoutS: number) => Aim>>> = {
  workload: ({ p50: measured }) => ({
    what: "workload killed, p50",
    measured,
    atMost: workloadMs,
    unit: "ms",
  }),
  silent: ({ max: measured }, timeoutS) => ({
    what: "worker silent, longest",
    measured,
    atMost: timeoutS * 1000 + allowanceMs,
    unit: "ms",
  }),
  agent: ({ max: measured }) => ({
    what: "agent killed, a workload touched",
    measured,
    atMost: 0,
    unit: "",
  }),
};

/** Of this system only; the other one is there to compare. */
export function aimsOf(samples: readonly FailoverSample[]): Aim[] {
  const ours = samples.filter(({ isOurs }) => isOurs);
  return (Object.keys(wishes) as Death[]).flatMap((death) =>
    keepersOf(ours, death).flatMap((keeper) => {
      const timeoutS = ours.find((one) => one.keeper === keeper)?.timeoutS ?? 0;
      const aim = wishes[death]?.(quantilesOf(valuesOf(ours, death, keeper)), timeoutS);
      return aim === undefined ? [] : [{ ...aim, what: `${aim.what} · ${keeper}` }];
    }),
  );
}

function keepersOf(samples: readonly FailoverSample[], death: Death): string[] {
  return [...new Set(samples.filter((one) => one.death === death).map((one) => one.keeper))];
}

function valuesOf(samples: readonly FailoverSample[], death: Death, keeper: string): number[] {
  return samples
    .filter((one) => one.death === death && one.keeper === keeper)
    .map(({ value }) => value);
}
