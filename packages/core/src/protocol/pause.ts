/** Above every pause that a tier gives, in seconds. */
const LONGEST_S = 120;

/**
 * Whether a pause until `untilS` has ended. Its end was stored by the tier's own clock, which may have been set
 * back since: one that seems to be further away than any pause lasts has ended as well.
 */
export function isPauseOver(untilS: number, nowS: number): boolean {
  return untilS <= nowS || untilS - nowS > LONGEST_S;
}
