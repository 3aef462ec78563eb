import type { Aim } from "../bench.ts";
import { toCount, toFigure, toTextTable } from "../report/text-table.ts";
import { medianOf, quantilesOf } from "../stats/quantiles.ts";
import type { Measured, Side } from "./measure.ts";

/** Longer, and whoever waits for the root notices. */
const longestBlockMs = 20;

export function describeApi(measured: readonly Measured[]): string {
  const rows = measured.map((one) => [
    one.subject.label,
    toCount(one.bytes),
    toFigure(perSecond(one, "ours")),
    toFigure(perSecond(one, "bare")),
    toFigure(shareOf(one)),
    toFigure(latency(one, "ours").p50),
    toFigure(latency(one, "ours").p99),
    toFigure(latency(one, "bare").p99),
    toFigure(one.loop.p99Ms),
    toFigure(one.loop.maxMs),
  ]);
  const headings = ["", "bytes", "ours/s", "bare/s", "share", "ms p50", "p99", "bare p99"];
  return toTextTable([...headings, "loop p99", "loop max"], rows);
}

export function aimsOf(measured: readonly Measured[]): Aim[] {
  return measured.flatMap((one) => {
    const { label, atLeast, p99AtMost } = one.subject;
    const share = { what: `${label}: share of a bare route`, measured: shareOf(one), unit: "" };
    const p99 = { what: `${label}: p99`, measured: latency(one, "ours").p99, unit: "ms" };
    const blocked = { what: `${label}: event loop`, measured: one.loop.maxMs, unit: "ms" };
    return [
      ...(atLeast === undefined ? [] : [{ ...share, atLeast }]),
      ...(p99AtMost === undefined ? [] : [{ ...p99, atMost: p99AtMost }]),
      { ...blocked, atMost: longestBlockMs },
    ];
  });
}

/** Rows for the file. */
export function rowsOf(measured: readonly Measured[]): Record<string, string | number>[] {
  return measured.flatMap(({ blocks }) =>
    blocks.flatMap(({ subject, side, round, perSecond: rate, latenciesMs }) =>
      latenciesMs.map((ms) => ({ subject, side, round, perSecond: rate, ms })),
    ),
  );
}

function perSecond({ blocks }: Measured, side: Side): number {
  return medianOf(blocks.filter((block) => block.side === side).map((block) => block.perSecond));
}

function shareOf(one: Measured): number {
  return perSecond(one, "ours") / perSecond(one, "bare");
}

function latency({ blocks }: Measured, side: Side) {
  return quantilesOf(
    blocks.filter((block) => block.side === side).flatMap((block) => block.latenciesMs),
  );
}
