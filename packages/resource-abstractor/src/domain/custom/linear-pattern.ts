import { RE2JS } from "re2js";

/** What a validator needs of a pattern. */
export interface Pattern {
  test(text: string): boolean;
}

/**
 * A regular expression of a stranger. It is matched in a time that grows with the text and not faster; what no such
 * engine can do (look-around, references to groups) is a fault of the pattern.
 * @throws Error
 */
export function linearPattern(source: string): Pattern {
  const compiled = RE2JS.compile(source);
  return { test: (text) => compiled.matcher(text).find() };
}
