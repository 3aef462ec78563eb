/** An object of which nothing is known yet. */
export type Row = Readonly<Record<string, unknown>>;

export function rowOf(value: unknown): Row {
  return typeof value === "object" && value !== null ? (value as Row) : {};
}

export function rowsOf(value: unknown): Row[] {
  return Array.isArray(value) ? value.map(rowOf) : [];
}

/** Empty for what is absent. */
export function textOf(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}
