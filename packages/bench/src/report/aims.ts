import type { Aim } from "../bench.ts";
import { toFigure, toTextTable } from "./text-table.ts";

export function isMet({ measured, atMost = Infinity, atLeast = -Infinity }: Aim): boolean {
  return measured <= atMost && measured >= atLeast;
}

/** A table of what was wanted and what came out; "" when nothing was wanted. */
export function describeAims(aims: readonly Aim[]): string {
  if (aims.length === 0) return "";
  const rows = aims.map((aim) => [
    aim.what,
    `${toFigure(aim.measured)} ${aim.unit}`.trim(),
    boundOf(aim),
    isMet(aim) ? "met" : "MISSED",
  ]);
  return toTextTable(["what", "measured", "aim", ""], rows);
}

function boundOf({ atMost, atLeast, unit }: Aim): string {
  const most = atMost === undefined ? [] : [`<= ${toFigure(atMost)}`];
  const least = atLeast === undefined ? [] : [`>= ${toFigure(atLeast)}`];
  return `${[...least, ...most].join(", ")} ${unit}`.trim();
}
