import { UsageError } from "./bench.ts";

/** Runs `parseArgs`, whose complaints are about what the caller typed. @throws UsageError */
export function readFlags<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A whole number of at least `least`. @throws UsageError */
export function wholeNumber(flag: string, text: string, least: number): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isInteger(number) || number < least) {
    throw new UsageError(`--${flag} ${text}: use a whole number of at least ${least}`);
  }
  return number;
}

/** Whole numbers separated by commas. @throws UsageError */
export function wholeNumbers(flag: string, text: string, least: number): number[] {
  return text.split(",").map((part) => wholeNumber(flag, part, least));
}
