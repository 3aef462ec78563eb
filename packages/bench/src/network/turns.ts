/** A, B, C, C, B, A …: whatever slows the machine for a while hits all of them. */
export function inTurns<T>(things: readonly T[], rounds: number): T[][] {
  return Array.from({ length: rounds }, (_, round) =>
    round % 2 === 0 ? [...things] : things.toReversed(),
  );
}
