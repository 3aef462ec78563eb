import type { Aim } from "../../bench.ts";
import { toFigure, toTextTable } from "../../report/text-table.ts";
import { quantilesOf } from "../../stats/quantiles.ts";
import { type Ratio, ratioOfMedians } from "../../stats/ratio-of-medians.ts";
import { createSeededRandom } from "../../stats/seeded-random.ts";
import { describeRatio, valuesOf } from "../report.ts";
import type { ContenderName, CrowdSample, DeploySample } from "../sample.ts";
import { crowdSize } from "./crowds.ts";
import type { FirstHit } from "./first-hits.ts";

export interface NetworkedSamples {
  deployments: readonly DeploySample[];
  crowds: readonly CrowdSample[];
  hits: readonly FirstHit[];
  /** Of the net-manager after all of that, bytes. */
  pss: number;
}

const names: Readonly<Record<ContenderName, string>> = {
  networked: "network on",
  system: "network off",
  docker: "Docker's default bridge",
  "docker-none": "Docker without a network",
};
const contenders = Object.keys(names) as ContenderName[];
const compared = ["system", "docker", "docker-none"] as const;
/** Milliseconds from the report to the first hit. */
const soonEnoughMs = 50;
const mostMemoryMb = 45;

export function describeNetworked({ deployments, crowds, hits, pss }: NetworkedSamples): string {
  const blocks = [describeOneByOne(deployments)];
  if (crowds.length > 0) blocks.push(describeCrowds(crowds));
  if (hits.length > 0) blocks.push(describeHits(hits));
  blocks.push(`net-manager afterwards: ${toFigure(pss / 1e6)} MB PSS`);
  return blocks.join("\n\n");
}

export function aimsOfNetworked({ deployments, hits, pss }: NetworkedSamples): Aim[] {
  const ratios = (["system", "docker"] as const).map((theirs) => ({
    what: `POST to process running, ${names.networked} ÷ ${names[theirs]}`,
    measured: compare(deployments, theirs).value,
    atMost: 1,
    unit: "",
  }));
  const soon = {
    what: "RUNNING at the cluster to the first hit on every worker, p95",
    atMost: soonEnoughMs,
    unit: "ms",
  };
  const memory = {
    what: "net-manager, PSS",
    measured: pss / 1e6,
    atMost: mostMemoryMb,
    unit: "MB",
  };
  const late = hits.map(({ sinceRunning }) => sinceRunning);
  return [
    ...ratios,
    ...(late.length > 0 ? [{ ...soon, measured: quantilesOf(late).p95 }] : []),
    memory,
  ];
}

function describeOneByOne(samples: readonly DeploySample[]): string {
  const rows = contenders.flatMap((name) =>
    (["created", "started"] as const).map((moment) => [
      `${names[name]}: ${moment === "created" ? "container created" : "process runs"}`,
      ...toCells(valuesOf(samples, name, moment)),
    ]),
  );
  const ratios = compared.map(
    (theirs) =>
      `process runs, ${names.networked} ÷ ${names[theirs]}: ${describeRatio(compare(samples, theirs))}`,
  );
  return [toTextTable(["one by one, ms", "min", "p50", "p95", "max"], rows), "", ...ratios].join(
    "\n",
  );
}

function compare(samples: readonly DeploySample[], theirs: ContenderName): Ratio {
  const started = (name: ContenderName): number[] => valuesOf(samples, name, "started");
  return ratioOfMedians(started("networked"), started(theirs), createSeededRandom(0));
}

/** Starts of one crowd are not independent of each other, so their ratio has no interval. */
function describeCrowds(crowds: readonly CrowdSample[]): string {
  const rows = contenders.flatMap((name) => {
    const started = crowds.filter(({ contender }) => contender === name);
    const last = started.map((crowd) => crowd.started.at(-1) ?? Number.NaN);
    return [
      [`${names[name]}: a process runs`, ...toCells(started.flatMap((crowd) => crowd.started))],
      [`${names[name]}: all run`, ...toCells(last)],
    ];
  });
  return toTextTable([`${crowdSize} at once, ms`, "min", "p50", "p95", "max"], rows);
}

function describeHits(hits: readonly FirstHit[]): string {
  return toTextTable(
    ["reached from every interested worker, ms", "min", "p50", "p95", "max"],
    [
      ["since the process runs", ...toCells(hits.map(({ sinceStart }) => sinceStart))],
      ["since RUNNING at the cluster", ...toCells(hits.map(({ sinceRunning }) => sinceRunning))],
      [
        "the same, from its own worker alone",
        ...toCells(hits.map(({ sinceRunningThere }) => sinceRunningThere)),
      ],
    ],
  );
}

function toCells(values: readonly number[]): string[] {
  const { min, p50, p95, max } = quantilesOf(values);
  return [min, p50, p95, max].map(toFigure);
}
