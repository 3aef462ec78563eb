import type { CommandInput } from "./command.ts";
import { UsageError } from "./errors.ts";

/** The value of an option that takes one; undefined when it was not given. */
export function textOf({ options }: CommandInput, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** Whether an option without value was given. */
export function hasFlag({ options }: CommandInput, name: string): boolean {
  return options[name] === true;
}

/** The values of an option that may be given several times; commas separate as well. */
export function textsOf({ options }: CommandInput, name: string): string[] {
  const value = options[name];
  const values = typeof value === "string" ? [value] : Array.isArray(value) ? value : [];
  return values.flatMap((one: string) => one.split(",")).filter((one) => one !== "");
}

export interface Bounds {
  min: number;
  max: number;
}

/** @throws UsageError unless it is a whole number within the bounds */
export function countFrom(what: string, text: string, { min, max }: Bounds): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(
    `${what} is a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`,
  );
}

/** @throws UsageError */
export function countOf(input: CommandInput, name: string, bounds: Bounds): number | undefined {
  const text = textOf(input, name);
  return text === undefined ? undefined : countFrom(`--${name}`, text, bounds);
}

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `90`, `90s`, `500ms`, `5m`, `2h`, `1d` in milliseconds; a number alone is seconds. @throws UsageError */
export function durationFrom(what: string, text: string): number {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  const value = Number(number) * (unitsMs[unit] ?? Number.NaN);
  // A timer of Node's ends at once beyond 2^31 ms.
  if (value > 0 && value < 2 ** 31) return value;
  throw new UsageError(`${what} is a time such as 30s, 5m or 2h, not ${JSON.stringify(text)}`);
}

/** @throws UsageError */
export function durationOf(input: CommandInput, name: string): number | undefined {
  const text = textOf(input, name);
  return text === undefined ? undefined : durationFrom(`--${name}`, text);
}

export interface ArgumentNames {
  /** As the help shows them, in their order. */
  required?: readonly string[];
  optional?: readonly string[];
}

/** The arguments by their place. @throws UsageError when one is missing or too many */
export function argumentsOf(
  { args }: CommandInput,
  { required = [], optional = [] }: ArgumentNames,
): readonly string[] {
  const missing = required[args.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  const extra = args[required.length + optional.length];
  if (extra !== undefined) throw new UsageError(`${JSON.stringify(extra)} is one word too many`);
  return args;
}
