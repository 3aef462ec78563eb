/** For scripts. `docs/cli.md` has the same table. */
export const exitCodes = {
  fine: 0,
  /** The root failed, or faults were found. */
  failed: 1,
  /** The command line is not understood. */
  wrongUse: 2,
  /** `--wait` ended before what was waited for. */
  tooLate: 3,
  /** No such application, service, instance, … */
  notFound: 4,
  /** Not logged in, or not allowed. */
  denied: 5,
  /** The root cannot be reached or is too busy: the same again may succeed later. */
  unavailable: 6,
  /** The root understood and refused: not valid, or in conflict with what is there. */
  refused: 7,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
