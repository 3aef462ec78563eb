import type { Aim } from "../bench.ts";
import { toCount, toTextTable } from "../report/text-table.ts";
import { medianOf } from "../stats/quantiles.ts";
import { type Ratio, ratioOfMedians } from "../stats/ratio-of-medians.ts";
import { createSeededRandom } from "../stats/seeded-random.ts";
import { type PathName, pathNames } from "./path.ts";
import type { Way } from "./probe/messages.ts";
import { blockMedians, gbitOf, tripsOf } from "./report.ts";
import type { PathSamples } from "./samples.ts";

/** One figure of a path, as a part of that of another one. */
interface Comparison {
  what: string;
  ours: PathName;
  theirs: PathName;
  ratio: Ratio;
}

/** What is wanted with a few services in the maps, and with many. */
const wanted = {
  few: { upTo: 1, throughput: 0.9, steady: 1.05 },
  many: { upTo: Number.POSITIVE_INFINITY, throughput: 0.85, steady: 1.12 },
  /** Microseconds that a new connection may take longer, with any number. */
  connect: 10,
} as const;

/** Ratios with what the samples allow to say of them, for each number of services. */
export function describeComparisons(samples: PathSamples): string {
  const rows = numbersOf(samples).flatMap((services) =>
    comparisonsOf(samples, services).map(({ what, ours, theirs, ratio }) => [
      `${toCount(services)}: ${what}, ${pathNames[ours]} ÷ ${pathNames[theirs]}`,
      ratio.value.toFixed(3),
      `${ratio.low.toFixed(3)}–${ratio.high.toFixed(3)}`,
    ]),
  );
  return toTextTable(["services: ratio of the medians", "", "95 % CI"], rows);
}

/** Plain VXLAN is told twice: as bare as it can be, and with the bridges that workloads need in any case. */
export function aimsOfPaths(samples: PathSamples): Aim[] {
  return numbersOf(samples).flatMap((services) => [
    ...ratioAims(samples, services),
    ...connectAims(samples, services),
  ]);
}

function ratioAims(samples: PathSamples, services: number): Aim[] {
  const { throughput, steady } = services <= wanted.few.upTo ? wanted.few : wanted.many;
  return comparisonsOf(samples, services).flatMap(({ what, ours, theirs, ratio }): Aim[] => {
    const aim = {
      what: `${toCount(services)}: ${what}, ${pathNames[ours]} ÷ ${pathNames[theirs]}`,
      measured: ratio.value,
      unit: "",
    };
    if (theirs !== "namespace") return [{ ...aim, atLeast: throughput }];
    return what === wayNames.steady ? [{ ...aim, atMost: steady }] : [];
  });
}

function connectAims(samples: PathSamples, services: number): Aim[] {
  const median = (path: PathName): number | undefined => {
    const blocks = blockMedians(tripsOf(samples, { services, path, way: "connect" }));
    return blocks.length === 0 ? undefined : medianOf(blocks);
  };
  const direct = median("namespace");
  return (["service", "spread"] as const).flatMap((path) => {
    const ours = median(path);
    if (ours === undefined || direct === undefined) return [];
    return [
      {
        what: `${toCount(services)}: ${wayNames.connect}, ${pathNames[path]} − ${pathNames.namespace}`,
        measured: ours - direct,
        atMost: wanted.connect,
        unit: "µs",
      },
    ];
  });
}

const wayNames: Readonly<Record<Way, string>> = {
  steady: "round trip",
  connect: "new connection",
};

function comparisonsOf(samples: PathSamples, services: number): Comparison[] {
  const random = createSeededRandom(0);
  const compare = (
    what: string,
    [ours, theirs]: readonly [PathName, PathName],
    figures: (path: PathName) => readonly number[],
  ): Comparison[] => {
    const [own, other] = [figures(ours), figures(theirs)];
    if (own.length === 0 || other.length === 0) return [];
    return [{ what, ours, theirs, ratio: ratioOfMedians(own, other, random) }];
  };
  const streams = [...new Set(samples.throughput.map((one) => one.streams))];
  return [
    ...streams.flatMap((count) =>
      (["overlay", "vxlan"] as const).flatMap((theirs) =>
        compare(`throughput of ${count}`, ["service", theirs], (path) =>
          gbitOf(samples, { services, path, streams: count }),
        ),
      ),
    ),
    ...(["steady", "connect"] as const).flatMap((way) =>
      (["service", "spread"] as const).flatMap((ours) =>
        compare(wayNames[way], [ours, "namespace"], (path) =>
          blockMedians(tripsOf(samples, { services, path, way })),
        ),
      ),
    ),
  ];
}

function numbersOf({ latency }: PathSamples): number[] {
  return [...new Set(latency.map(({ services }) => services))];
}
