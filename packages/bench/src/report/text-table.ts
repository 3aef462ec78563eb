/** Columns under their headings; numbers are set to the right, the first column to the left. */
export function toTextTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? "").length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  return all.map(line).join("\n");
}

/** Three digits that count: `0.123`, `12.3`, `12,300`. */
export function toFigure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = value === 0 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1;
  if (digits >= 3) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(Math.min(3, 3 - Math.max(digits, 0)));
}

/** A whole number: `50,000`. */
export function toCount(value: number): string {
  return value.toLocaleString("en-US");
}
