const unitsMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
/** The end of the year 9999: beyond it times are written in another way, and beyond that not at all. */
const latestMs = 253_402_300_799_999;

/**
 * A moment as people and programs write it: Unix seconds, RFC 3339, or a time ago such as `10m`, `1h30m`. What is
 * before 1970 or after 9999 becomes the nearest of these.
 * @returns Unix milliseconds; undefined for what is none of these
 */
export function readMoment(text: string, nowMs: number): number | undefined {
  const ms = parse(text, nowMs);
  return ms === undefined ? undefined : Math.min(latestMs, Math.max(0, ms));
}

function parse(text: string, nowMs: number): number | undefined {
  if (/^\d{1,15}(\.\d{1,9})?$/.test(text)) return Number(text) * 1_000;
  if (/^(\d{1,9}[smhd]){1,4}$/.test(text)) {
    const parts = [...text.matchAll(/(\d+)([smhd])/g)];
    const ago = parts.map(([, count, unit = ""]) => Number(count) * (unitsMs[unit] ?? 0));
    return nowMs - ago.reduce((sum, one) => sum + one, 0);
  }
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/i.test(text)) {
    return undefined;
  }
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
