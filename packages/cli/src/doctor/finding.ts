/**
 * What a check came to. `warn`: works, and will not for long or not for all. `fault`: does not work. `not checked`: could
 * not be looked at from here, and nothing is concluded from that.
 */
export type FindingStatus = "ok" | "warn" | "fault" | "not checked";

/** One line of the doctor. */
export interface Finding {
  status: FindingStatus;
  /** What was looked at. */
  check: string;
  /** What was found, or why nothing was looked at. */
  found: string;
  /** What to do about it. */
  remedy?: string;
}

export function ok(check: string, found: string): Finding {
  return { status: "ok", check, found };
}

export function warn(check: string, found: string, remedy: string): Finding {
  return { status: "warn", check, found, remedy };
}

export function fault(check: string, found: string, remedy: string): Finding {
  return { status: "fault", check, found, remedy };
}

export function notChecked(check: string, why: string): Finding {
  return { status: "not checked", check, found: why };
}
