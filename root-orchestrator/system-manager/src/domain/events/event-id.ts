/*
 * An id is the time at which an event was stored, in units of a 1024th of a millisecond, moved up so that it is above
 * all earlier ones. So ids go on growing after a start, and after an older state of the database was put back, without
 * a counter that would go back with it: what was told under an id is never told again under a lower one, unless the
 * clock of the machine was set back as well.
 */

const idsPerMs = 1024;

/** The next id. `last`: the highest that was given, 0 for none. */
export function nextEventId(last: number, nowMs: number): number {
  return Math.max(last + 1, firstIdAt(nowMs));
}

/** Whatever happened at this time or later has this id or a higher one. */
export function firstIdAt(ms: number): number {
  return Math.max(1, Math.floor(ms) * idsPerMs);
}
