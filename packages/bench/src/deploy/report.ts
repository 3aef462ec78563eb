import type { Aim } from "../bench.ts";
import { toFigure, toTextTable } from "../report/text-table.ts";
import { quantilesOf } from "../stats/quantiles.ts";
import { type Ratio, ratioOfMedians } from "../stats/ratio-of-medians.ts";
import { createSeededRandom } from "../stats/seeded-random.ts";
import type { DeploySample } from "./sample.ts";
import type { TracedSample } from "./trace.ts";

export type Moment = Exclude<keyof DeploySample, "contender">;

const rows: readonly { label: string; contender: DeploySample["contender"]; moment: Moment }[] = [
  { label: "system: POST answered", contender: "system", moment: "answered" },
  { label: "system: container created", contender: "system", moment: "created" },
  { label: "system: process runs", contender: "system", moment: "started" },
  { label: "system: RUNNING at the root", contender: "system", moment: "running" },
  { label: "docker: container created", contender: "docker", moment: "created" },
  { label: "docker: process runs", contender: "docker", moment: "started" },
  { label: "docker: start answered", contender: "docker", moment: "running" },
];

export function describeSamples(samples: readonly DeploySample[]): string {
  const table = rows.map(({ label, contender, moment }) => {
    const { min, p50, p95, p99 } = quantilesOf(valuesOf(samples, contender, moment));
    return [label, ...[min, p50, p95, p99].map(toFigure)];
  });
  const { started, running } = ratiosOf(samples);
  return [
    toTextTable(["ms since asked for", "min", "p50", "p95", "p99"], table),
    "",
    `process runs: ${describeRatio(started)} × Docker alone`,
    `RUNNING at the root: ${describeRatio(running)} × Docker alone`,
  ].join("\n");
}

export function aimsOf(samples: readonly DeploySample[]): Aim[] {
  const { started, running } = ratiosOf(samples);
  return [
    {
      what: "POST to process running, × Docker alone",
      measured: started.value,
      atMost: 1.15,
      unit: "",
    },
    {
      what: "POST to RUNNING at the root, × Docker alone",
      measured: running.value,
      atMost: 1.3,
      unit: "",
    },
  ];
}

/** Both against the moment at which Docker alone has the process running. */
function ratiosOf(samples: readonly DeploySample[]): Record<"started" | "running", Ratio> {
  const random = createSeededRandom(0);
  const docker = valuesOf(samples, "docker", "started");
  return {
    started: ratioOfMedians(valuesOf(samples, "system", "started"), docker, random),
    running: ratioOfMedians(valuesOf(samples, "system", "running"), docker, random),
  };
}

/** One moment of all samples of a contender. */
export function valuesOf(
  samples: readonly DeploySample[],
  contender: DeploySample["contender"],
  moment: Moment,
): number[] {
  return samples.filter((one) => one.contender === contender).map((one) => one[moment]);
}

export function describeRatio({ value, low, high }: Ratio): string {
  return `${value.toFixed(3)} (95 % CI ${low.toFixed(3)}–${high.toFixed(3)})`;
}

/** When each moment came, in the order of the medians; moments that only some samples have say so. */
export function describeHops(traced: readonly TracedSample[]): string {
  const names = [...new Set(traced.flatMap(({ moments }) => Object.keys(moments)))];
  const table = names
    .map((name) => {
      const values = traced.flatMap(({ moments }) => moments[name] ?? []);
      return { name, ...quantilesOf(values) };
    })
    .sort((one, other) => one.p50 - other.p50)
    .map(({ name, count, min, p50, max }) => [
      name,
      ...[min, p50, max].map(toFigure),
      `${count}/${traced.length}`,
    ]);
  return toTextTable(["where the time goes, ms", "min", "p50", "max", "seen in"], table);
}
