import type { RE2JS } from "re2js";

/** What a validator needs of a pattern; told apart by its text. */
export interface Pattern {
  test(text: string): boolean;
  toString(): string;
}

/** Steps of all patterns of a schema together; each costs some nanoseconds for each character that is looked at. */
const mostSteps = 1_000;
/** Longer texts match no pattern. */
const longestText = 4_096;

/**
 * Regular expressions of a stranger, those of one schema. They are matched in a time that grows with the text and not
 * faster; what no such engine can do (look-around, references to groups) is a fault of the pattern.
 */
export function createLinearPatterns(engine: typeof RE2JS): (source: string) => Pattern {
  let steps = 0;
  return (source) => {
    const compiled = engine.compile(engine.translateRegExp(source));
    steps += compiled.programSize();
    if (steps > mostSteps) throw new Error("its patterns are too large");
    return {
      test: (text) => text.length <= longestText && compiled.matcher(text).find(),
      toString: () => source,
    };
  };
}
