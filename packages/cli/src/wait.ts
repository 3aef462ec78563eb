import { setTimeout as delay } from "node:timers/promises";
import type { CommandContext, CommandInput, OptionSpec } from "./command.ts";
import { CliError } from "./errors.ts";
import { exitCodes } from "./exit-codes.ts";
import { durationFrom, textOf } from "./input.ts";

/** For commands that can wait until what they began is done. */
export const waitOption: OptionSpec = {
  value: "TIME",
  isOptional: true,
  help: "wait until it is done, 5m at most by default; exit code 3 when it is not",
};

const usualMs = 300_000;

/** How long to wait, milliseconds; undefined without `--wait`. @throws UsageError */
export function waitOf(input: CommandInput): number | undefined {
  const text = textOf(input, "wait");
  if (text === undefined) return undefined;
  return text === "" ? usualMs : durationFrom("--wait", text);
}

/** What one look finds. `shown` tells a person how far it is. */
export interface Look {
  isDone: boolean;
  shown: string;
}

/**
 * Looks again and again, at first often, until it is done. `look` throws a CliError when it will never be.
 *
 * @throws CliError with exit code 3 when the time is over
 */
export async function waitUntil(
  limitMs: number,
  { out }: Pick<CommandContext, "out">,
  look: () => Promise<Look>,
): Promise<void> {
  const endsAt = Date.now() + limitMs;
  const spinner = out.spinner("waiting");
  let pauseMs = 100;
  try {
    for (;;) {
      const { isDone, shown } = await look();
      if (isDone) return;
      spinner.update(shown);
      const leftMs = endsAt - Date.now();
      if (leftMs <= 0) {
        throw new CliError(`not done within ${limitMs / 1_000} s: ${shown}`, {
          exitCode: exitCodes.tooLate,
          advice: ["It goes on by itself; `--wait=10m` waits longer"],
        });
      }
      await delay(Math.min(pauseMs, leftMs));
      pauseMs = Math.min(pauseMs * 1.5, 2_000);
    }
  } finally {
    spinner.stop();
  }
}
