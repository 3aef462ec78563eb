import type { Aim } from "../bench.ts";
import { toFigure, toTextTable } from "./text-table.ts";

export function isMet({ measured, atMost }: Aim): boolean {
  return measured <= atMost;
}

/** A table of what was wanted and what came out; "" when nothing was wanted. */
export function describeAims(aims: readonly Aim[]): string {
  if (aims.length === 0) return "";
  const rows = aims.map((aim) => [
    aim.what,
    `${toFigure(aim.measured)} ${aim.unit}`.trim(),
    `${toFigure(aim.atMost)} ${aim.unit}`.trim(),
    isMet(aim) ? "met" : "MISSED",
  ]);
  return toTextTable(["aim", "measured", "at most", ""], rows);
}
