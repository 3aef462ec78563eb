/**
 * How far a child has followed what its parent wants: everything up to `cursor` is processed, and the
 * single changes in `ahead` (a message in between was lost or is late).
 */
export interface WantCursor {
  cursor: number;
  ahead: readonly number[];
}

export const EMPTY_CURSOR: WantCursor = { cursor: 0, ahead: [] };

/** More gaps than this mean that a sync is due anyway; the rest is forgotten. */
const MAX_AHEAD = 1024;

/** Notes one processed change. */
export function advanceCursor(state: WantCursor, wantRev: number): WantCursor {
  if (wantRev <= state.cursor || state.ahead.includes(wantRev)) return state;
  const ahead = [...state.ahead, wantRev].sort((a, b) => a - b);
  let cursor = state.cursor;
  while (ahead[0] === cursor + 1) {
    cursor += 1;
    ahead.shift();
  }
  return { cursor, ahead: ahead.slice(0, MAX_AHEAD) };
}

/** Notes a processed sync, which covers everything up to its want_rev. */
export function jumpCursor(state: WantCursor, wantRev: number): WantCursor {
  if (wantRev <= state.cursor) return state;
  let next: WantCursor = { cursor: wantRev, ahead: [] };
  for (const later of state.ahead) next = advanceCursor(next, later);
  return next;
}
