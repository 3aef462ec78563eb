const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * A moment as people and programs write it: Unix seconds, RFC 3339, or a time ago such as `10m`, `1h30m`.
 * @returns Unix milliseconds; undefined for what is none of these
 */
export function parseSince(text: string, nowMs: number): number | undefined {
  if (/^\d{1,15}(\.\d{1,9})?$/.test(text)) return Number(text) * 1_000;
  if (/^(\d{1,9}[smhd]){1,4}$/.test(text)) {
    const parts = [...text.matchAll(/(\d+)([smhd])/g)];
    const seconds = parts.map(([, count, unit = ""]) => Number(count) * (units[unit] ?? 0));
    return nowMs - seconds.reduce((sum, one) => sum + one, 0) * 1_000;
  }
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/i.test(text))
    return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
