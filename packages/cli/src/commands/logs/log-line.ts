/** A line of a log with its time, as far as the root gave one. */
export interface LogLine {
  /** RFC 3339 in UTC */
  at: string | undefined;
  text: string;
}

/** Takes the time off that stands before each line. */
export function logLineFrom(line: string): LogLine {
  const [, at, text] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z) (.*)$/s.exec(line) ?? [];
  return at === undefined ? { at, text: line } : { at, text: text ?? "" };
}

/** How far a log was read: where it has to be taken up again. */
export interface LogPosition {
  /** Time of the last line; undefined before the first. */
  readonly at: string | undefined;
  /** From now on comes what was written since `at`: lines that were read already are among it. */
  rewind(): void;
  /** Whether a line is new. */
  take(line: LogLine): boolean;
}

/** Lines may share a time: then as many as were read before are left out. */
export function createLogPosition(): LogPosition {
  let at: string | undefined;
  let readAtThatTime = 0;
  let toSkip = 0;
  let isRewound = false;
  return {
    get at() {
      return at;
    },
    rewind: () => {
      toSkip = readAtThatTime;
      isRewound = true;
    },
    take: (line) => {
      if (line.at === undefined) return true;
      const order = at === undefined ? 1 : compareTimes(line.at, at);
      // A clock may be set back; only what comes again is older than what was read.
      if (isRewound && order < 0) return false;
      if (order === 0 && toSkip > 0) {
        toSkip -= 1;
        return false;
      }
      readAtThatTime = order === 0 ? readAtThatTime + 1 : 1;
      at = line.at;
      toSkip = 0;
      isRewound = false;
      return true;
    },
  };
}

/** Fractions may have any number of digits: as texts they are in order once they are equally long. */
function compareTimes(one: string, other: string): number {
  const [first, second] = [fullTime(one), fullTime(other)];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}

function fullTime(text: string): string {
  const [whole = "", fraction = ""] = text.replace("Z", "").split(".");
  return `${whole}.${fraction.padEnd(9, "0")}`;
}
