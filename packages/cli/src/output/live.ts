import { setTimeout as delay } from "node:timers/promises";
import type { CommandContext, OptionSpec } from "../command.ts";
import { UsageError } from "../errors.ts";

/** upstream: `-l` of the lists. */
export const liveOption: OptionSpec = {
  short: "l",
  help: "show it anew every few seconds, until Ctrl-C; on a terminal only",
};

const pauseMs = 3_000;

/**
 * Draws again and again what `draw` prints; ends only by Ctrl-C or a failure.
 *
 * @throws UsageError where nobody looks
 */
export async function drawLive(
  { io, out }: Pick<CommandContext, "io" | "out">,
  draw: () => Promise<void>,
): Promise<never> {
  if (!out.isLive) throw new UsageError("--live needs a terminal");
  for (;;) {
    // Home, and away with what is below once the new is drawn: nothing flickers.
    io.out("\u001b[H\u001b[2J");
    await draw();
    await delay(pauseMs);
  }
}
