import type { CommandInput } from "../command.ts";
import { UsageError } from "../errors.ts";
import { textOf } from "../input.ts";
import type { Output } from "./output.ts";

/** Whether `-v` of older scripts, or `-o`, asks for all columns. @throws UsageError */
export function withVerbosity(input: CommandInput, { isWide }: Pick<Output, "isWide">): boolean {
  const word = textOf(input, "verbosity") ?? "simple";
  if (word === "simple") return isWide;
  if (word === "detailed" || word === "exhaustive") return true;
  throw new UsageError(
    `--verbosity is simple, detailed or exhaustive, not ${JSON.stringify(word)}`,
  );
}
