/**
 * How Node runs a process that plays many seeds. Nearly everything that a run makes is garbage soon: with more
 * room, less of it is copied before. A collector with threads of its own would take the cores from the other
 * parts. And hundreds of functions are called now and then, so that compiling them well takes more than it
 * saves within some hundred seeds: that is left to those which are really hot.
 */
export const PLAYER_FLAGS: readonly string[] = [
  "--max-semi-space-size=64",
  "--single-threaded-gc",
  "--interrupt-budget=1000000",
];
