import type { CommandContext, CommandInput, OptionSpec } from "./command.ts";
import { UsageError } from "./errors.ts";
import { hasFlag } from "./input.ts";
import { oneLine } from "./output/harmless.ts";

/** For commands that cannot be undone. */
export const yesOption: OptionSpec = { short: "y", help: "do not ask" };

/**
 * Whether a person says yes, or `-y` does.
 *
 * @throws UsageError without `-y` where nobody can be asked
 */
export async function isConfirmed(
  question: string,
  input: CommandInput,
  { io }: Pick<CommandContext, "io">,
): Promise<boolean> {
  if (hasFlag(input, "yes")) return true;
  if (!io.canAsk) throw new UsageError(`${question} Off a terminal this needs -y`);
  // It names what others have named.
  return /^y(es)?$/i.test((await io.ask(`${oneLine(question)} [y/N] `)).trim());
}
