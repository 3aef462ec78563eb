const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A point in time as people give it: Unix seconds, RFC 3339, or how long ago (`10m`). Answers milliseconds since the
 * epoch; undefined for anything else.
 */
export function readMoment(text: string, nowMs: number): number | undefined {
  const ago = /^(\d{1,9})([smhd])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * unitsMs[ago[2] as keyof typeof unitsMs];
  if (/^\d{1,11}(\.\d{1,6})?$/.test(text)) return Number(text) * 1_000;
  if (!/^\d{4}-\d\d-\d\d([Tt ].+)?$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms < 0 ? undefined : ms;
}
