import { constants } from "node:os";

/** Two names of one number, where Node's table has the one that nobody says, and numbers that it lacks. */
const preferred: Readonly<Record<number, string>> = {
  11: "EAGAIN",
  35: "EDEADLK",
  85: "ERESTART",
  95: "EOPNOTSUPP",
  524: "ENOTSUPP",
};

const nameOf = (errno: number): string =>
  preferred[errno] ??
  Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ??
  `ERRNO${errno}`;

/** What the kernel refused. */
export class KernelError extends Error {
  /** The positive number. */
  readonly errno: number;
  /** `EEXIST`, `ENOENT` …, like the errors of Node itself. */
  readonly code: string;
  /** What the kernel said in words, when it did. */
  readonly reason: string | undefined;
  /** Where in the request the refused attribute starts, counted from its header; the kernel doesn't always say. */
  readonly offset: number | undefined;

  /** @param operation what was tried, for whoever reads the message */
  constructor(operation: string, errno: number, told: { reason?: string; offset?: number } = {}) {
    const code = nameOf(errno);
    super(`${operation}: ${code}${told.reason === undefined ? "" : ` (${told.reason})`}`);
    this.name = "KernelError";
    this.errno = errno;
    this.code = code;
    this.reason = told.reason;
    this.offset = told.offset;
  }
}

/** Runs `action`; a {@link KernelError} with one of these codes counts as done, since what was wished is already so. */
export const tolerating = (codes: readonly string[], action: () => void): void => {
  try {
    action();
  } catch (error) {
    if (!(error instanceof KernelError && codes.includes(error.code))) throw error;
  }
};
